import { Injectable } from '@nestjs/common';
import { getLogger } from '#libs/log';
import { Loop, type Worker } from '#libs/worker';
import { isTerminal } from './job.js';
import { JobRepository } from './job.repository.js';
import { JobRunRepository } from './job-run.repository.js';
import { Poller } from './poller.js';
import { Settler } from './settler.js';
import { WorkerWorld } from './worker-world.js';

const LOOK_INTERVAL_MS = 1_000;
const LEASE_MS = 30_000;
const BATCH_JOBS = 100;
const SETTLEMENTS_MAX = 20;

const log = getLogger('jobs');

/**
 * Asks for every active job at a steady interval, whether or not webhooks are set, and ends runs that were ended here.
 * In a fleet the holder of a lease does it; another one takes over when it dies.
 */
@Injectable()
export class Reconciler implements Worker {
  readonly name = 'reconciler';
  private readonly loop: Loop;
  private leaseUntilMs = 0;
  private pollDueMs = 0;
  /** Jobs to ask for now, because something hints that they have ended. */
  private readonly hinted = new Set<string>();

  constructor(
    private readonly jobs: JobRepository,
    private readonly runs: JobRunRepository,
    private readonly poller: Poller,
    private readonly settler: Settler,
    private readonly world: WorkerWorld,
  ) {
    this.loop = new Loop({
      name: this.name,
      intervalMs: Math.min(LOOK_INTERVAL_MS, world.pollIntervalMs),
      clock: world.clock,
      work: (signal) => this.round(signal),
      onError: (error) => log.warning('Jobs cannot be reconciled; trying again', { error }),
    });
    const askNow = (jobId: string): void => {
      this.hinted.add(jobId);
      this.loop.wake();
    };
    world.news.onEndHint(askNow);
    poller.onRunEnded(askNow);
    world.news.onStatusChanged(() => this.loop.wake());
    world.lifecycle.add(this);
  }

  start(): void {
    this.loop.start();
  }

  async stop(): Promise<void> {
    await this.loop.stop();
    if (this.leaseUntilMs > 0) await this.runs.releaseLease('reconcile', this.world.instance.id);
  }

  pulse(): ReturnType<Loop['pulse']> {
    return this.loop.pulse();
  }

  private async round(signal: AbortSignal): Promise<void> {
    await this.pollHinted(signal);
    if (!(await this.holdsLease())) return;
    await this.settleDue(signal);
    const nowMs = this.world.clock.monotonicMs();
    if (nowMs < this.pollDueMs) return;
    this.pollDueMs = nowMs + this.world.pollIntervalMs;
    await this.pollAll(signal);
  }

  private async pollHinted(signal: AbortSignal): Promise<void> {
    const jobIds = [...this.hinted];
    this.hinted.clear();
    const jobs = await Promise.all(jobIds.map((jobId) => this.jobs.find(jobId)));
    const known = jobs.filter((job) => job !== undefined);
    // Its run was faster than the record of its id, which is about to be made.
    for (const { jobId, providerJobId, status } of known)
      if (providerJobId === null && !isTerminal(status)) this.hinted.add(jobId);
    await this.poller.poll(known, signal, true);
  }

  private async settleDue(signal: AbortSignal): Promise<void> {
    for (const jobId of await this.runs.settlementsDue(this.world.clock.now(), SETTLEMENTS_MAX)) {
      if (signal.aborted) return;
      await this.settler.settle(jobId).catch((error: unknown) => {
        log.warning('The provider did not end a run; trying again', { job_id: jobId, error });
      });
    }
  }

  private async pollAll(signal: AbortSignal): Promise<void> {
    for (let after = ''; !signal.aborted && (await this.holdsLease());) {
      const batch = await this.jobs.active(after, BATCH_JOBS);
      await this.poller.poll(batch, signal);
      const last = batch.at(-1);
      if (batch.length < BATCH_JOBS || !last) return;
      after = last.jobId;
    }
  }

  /** Prolongs the lease when less than half of it is left, so that an idle server does not write all the time. */
  private async holdsLease(): Promise<boolean> {
    const nowMs = this.world.clock.now();
    if (this.leaseUntilMs - nowMs > LEASE_MS / 2) return true;
    const untilMs = nowMs + LEASE_MS;
    const isHeld = await this.runs.holdLease('reconcile', this.world.instance.id, nowMs, untilMs);
    this.leaseUntilMs = isHeld ? untilMs : 0;
    return isHeld;
  }
}
