import { Injectable } from '@nestjs/common';
import { Clock, type Stoppable } from '#libs/clock';
import { getLogger, setLogLevel } from '#libs/log';
import { StateStore, type Subscription } from '#libs/state';
import { Lifecycle, type Worker } from '#libs/worker';
import { Config } from '../config/index.js';
import type { LevelName } from './log-level.dto.js';

/** A level that counts instead of the configured one, until it expires. */
export interface Override {
  readonly level: LevelName;
  readonly expiresAtMs: number;
}

/** Also the name of the channel on which a change is told. */
const KEY = 'log-level';

const log = getLogger('log');

/** The level of the log in every process of the installation. */
@Injectable()
export class SharedLogLevel implements Worker {
  readonly name = 'log level';
  private override: Override | undefined;
  private expiry: Stoppable | undefined;
  private subscription: Subscription | undefined;

  constructor(
    private readonly state: StateStore,
    private readonly config: Config,
    private readonly clock: Clock,
    lifecycle: Lifecycle,
  ) {
    lifecycle.add(this);
  }

  /** A process that starts while an override counts takes it up; without its state it starts all the same. */
  async start(): Promise<void> {
    try {
      this.subscription = await this.state.subscribe(KEY, (message) => this.apply(read(message)));
      const current = await this.state.get(KEY);
      if (current !== undefined) this.apply(read(current));
    } catch (error) {
      log.warning('Changes of the log level are not heard of from other processes', { error });
    }
  }

  async stop(): Promise<void> {
    this.expiry?.stop();
    await this.subscription?.unsubscribe().catch(() => undefined);
  }

  get current(): Override | undefined {
    return this.override;
  }

  /** Here at once, and in the other processes as soon as they hear of it; undefined ends the override. */
  async change(override: Override | undefined): Promise<void> {
    this.apply(override);
    const text = JSON.stringify(override ?? null);
    try {
      await this.state.set(KEY, text, override?.expiresAtMs ?? this.clock.now() + 1);
      await this.state.publish(KEY, text);
    } catch (error) {
      log.warning('The log level is changed in this process alone: the state backend does not answer', { error });
    }
  }

  private apply(override: Override | undefined): void {
    this.expiry?.stop();
    const leftMs = override ? override.expiresAtMs - this.clock.now() : 0;
    this.override = leftMs > 0 ? override : undefined;
    setLogLevel(this.override?.level ?? this.config.settings.logLevel);
    if (this.override) this.expiry = this.clock.after(leftMs, () => this.apply(undefined));
  }
}

function read(text: string): Override | undefined {
  return (JSON.parse(text) as Override | null) ?? undefined;
}
