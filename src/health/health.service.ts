import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { Lifecycle } from '#libs/worker';
import { Database } from '../database/index.js';
import { version } from '../version.js';
import { HealthRegistry, type Component, type ComponentStatus } from './health.registry.js';

export interface HealthReport {
  readonly status: ComponentStatus;
  readonly version: string;
  readonly uptime_seconds: number;
  readonly timestamp: string;
  readonly components: readonly Component[];
}

const SEVERITY: readonly ComponentStatus[] = ['healthy', 'degraded', 'unhealthy'];

@Injectable()
export class HealthService {
  private readonly startedMs: number;

  constructor(
    private readonly registry: HealthRegistry,
    private readonly lifecycle: Lifecycle,
    private readonly clock: Clock,
    database: Database,
  ) {
    this.startedMs = clock.monotonicMs();
    const { label } = database.dialect;
    registry.add(
      'database',
      async () => {
        // Who waits at a closed gate would only learn that there is no answer.
        if (database.isClosed) return { status: 'unhealthy', message: 'Closed while a backup is being restored' };
        await database.ping(clock.now());
        return { status: 'healthy', message: `${label} database accessible` };
      },
      { isNeededToServe: true, timeoutMs: 1_000 },
    );
  }

  async report(includeProviders: boolean): Promise<HealthReport> {
    const components = await this.registry.components(includeProviders);
    return {
      status:
        SEVERITY[Math.max(0, ...components.map((component) => SEVERITY.indexOf(component.status)))] ?? 'unhealthy',
      version,
      uptime_seconds: Math.round((this.clock.monotonicMs() - this.startedMs) / 100) / 10,
      timestamp: new Date(this.clock.now()).toISOString(),
      components,
    };
  }

  silentWorkers(): string[] {
    return this.lifecycle.silentWorkers(this.clock.monotonicMs());
  }

  /** Why traffic should not come here, or undefined when it may. */
  async notReadyBecause(): Promise<string | undefined> {
    if (this.lifecycle.isDraining) return 'The server is shutting down';
    if (this.lifecycle.pausedBecause !== undefined) return this.lifecycle.pausedBecause;
    if (!this.lifecycle.isRunning) return 'The server is starting';
    const obstacles = await this.registry.obstacles();
    return obstacles.length === 0 ? undefined : obstacles.join('; ');
  }
}
