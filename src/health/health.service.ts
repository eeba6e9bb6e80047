import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { Lifecycle } from '#libs/worker';
import { Database, isUnavailable } from '../database/index.js';
import { version } from '../version.js';
import { HealthRegistry, type Component, type ComponentStatus, type Finding } from './health.registry.js';

export interface HealthReport {
  readonly status: ComponentStatus;
  readonly version: string;
  readonly uptime_seconds: number;
  readonly timestamp: string;
  readonly components: readonly Component[];
}

/** The answer to a probe: a word of its own for each, as the guide has them. */
export interface Verdict {
  readonly passes: boolean;
  readonly status: string;
  readonly detail?: string;
}

const SEVERITY: readonly ComponentStatus[] = ['healthy', 'degraded', 'unhealthy'];

/** Below the two seconds that the Deployment allows a readiness probe. */
const DATABASE_TIMEOUT_MS = 1_000;

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
    registry.add('database', () => databaseFinding(database, clock.now()), {
      isNeededToServe: true,
      timeoutMs: DATABASE_TIMEOUT_MS,
    });
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

  /** Whether the process turns; asks no dependency, for a restart of this process would mend none. */
  liveness(): Verdict {
    const silent = this.lifecycle.silentWorkers(this.clock.monotonicMs());
    if (silent.length === 0) return { passes: true, status: 'ok' };
    return { passes: false, status: 'stuck', detail: `No sign of life from: ${silent.join(', ')}` };
  }

  /** Whether the start is over, whatever became of the dependencies since. */
  startup(): Verdict {
    if (!this.lifecycle.isStarting) return { passes: true, status: 'started' };
    return { passes: false, status: 'starting', detail: 'The server is starting' };
  }

  /** Whether traffic should come here. */
  async readiness(): Promise<Verdict> {
    const detail = await this.notReadyBecause();
    return detail === undefined ? { passes: true, status: 'ready' } : { passes: false, status: 'not_ready', detail };
  }

  private async notReadyBecause(): Promise<string | undefined> {
    if (this.lifecycle.isDraining) return 'The server is shutting down';
    if (this.lifecycle.pausedBecause !== undefined) return this.lifecycle.pausedBecause;
    if (!this.lifecycle.isRunning) return 'The server is starting';
    const obstacles = await this.registry.obstacles();
    return obstacles.length === 0 ? undefined : obstacles.join('; ');
  }
}

async function databaseFinding(database: Database, nowMs: number): Promise<Finding> {
  // Who waits at a closed gate would only learn that there is no answer.
  if (database.isClosed) return { status: 'unhealthy', message: 'Closed while a backup is being restored' };
  try {
    await database.ping(nowMs);
    return { status: 'healthy', message: `${await database.product()} database accessible` };
  } catch (error) {
    if (!isUnavailable(error)) throw error;
    return { status: 'unhealthy', message: `${database.knownProduct} database cannot be reached` };
  }
}
