import { Injectable } from '@nestjs/common';
import { LazyModuleLoader } from '@nestjs/core';
import { Clock, type Stoppable } from '#libs/clock';
import { getLogger } from '#libs/log';
import { Lifecycle, type Worker } from '#libs/worker';
import type { HttpObservation } from './http-observation.js';
import type { Instruments } from './instruments.js';

/** When the start is over and nobody has asked before. */
const LOAD_AFTER_MS = 1_000;
/** Requests that are remembered until then. */
const REMEMBERED_MAX = 10_000;

const log = getLogger('metrics');

/** The instruments of this process, loaded at the first scrape or shortly after the start; what happens before is not lost. */
@Injectable()
export class LazyInstruments implements Worker {
  readonly name = 'metrics instruments';
  private loaded: Instruments | undefined;
  private loading: Promise<Instruments> | undefined;
  private remembered: HttpObservation[] = [];
  private timer: Stoppable | undefined;

  constructor(
    private readonly loader: LazyModuleLoader,
    private readonly clock: Clock,
    lifecycle: Lifecycle,
  ) {
    lifecycle.add(this);
  }

  observe(observation: HttpObservation): void {
    if (this.loaded) this.loaded.observe(observation);
    else if (this.remembered.length < REMEMBERED_MAX) this.remembered.push(observation);
  }

  get(): Promise<Instruments> {
    this.loading ??= this.load().catch((error: unknown) => {
      this.loading = undefined;
      throw error;
    });
    return this.loading;
  }

  start(): void {
    this.timer = this.clock.after(LOAD_AFTER_MS, () => {
      this.get().catch((error: unknown) => log.error('The instruments cannot be loaded', { error }));
    });
  }

  stop(): Promise<void> {
    this.timer?.stop();
    return Promise.resolve();
  }

  private async load(): Promise<Instruments> {
    const { InstrumentsModule } = await import('./instruments.module.js');
    const module = await this.loader.load(() => InstrumentsModule.fresh(), { logger: false });
    const { Instruments: token } = await import('./instruments.js');
    const instruments = module.get(token);
    for (const observation of this.remembered) instruments.observe(observation);
    this.remembered = [];
    this.loaded = instruments;
    return instruments;
  }
}
