import type { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import type { LastSuccesses } from '../metrics/index.js';
import { isTerminal } from './job.js';
import type { JobRepository } from './job.repository.js';
import type { JobRunRepository } from './job-run.repository.js';
import { summary, type Poller, type PollOutcome } from './poller.js';
import type { Settler } from './settler.js';

/** Jobs read at a time: enough that the slowest answer of a batch does not hold up the next one for long. */
const BATCH_JOBS = 250;
const SETTLEMENTS_MAX = 20;
/** A provider that fails is asked half as often after each failure, but at least so often. */
const BACKOFF_MS_MAX = 300_000;

const log = getLogger('jobs');

/** What lanes share. */
export interface LaneWorld {
  readonly jobs: JobRepository;
  readonly runs: JobRunRepository;
  readonly poller: Poller;
  readonly settler: Settler;
  readonly clock: Clock;
  /** From one look at every active job to the next, drawn anew each time, so that a fleet does not ask in step. */
  readonly nextIntervalMs: () => number;
  /** Has `advance` called again soon. */
  readonly wake: () => void;
  /** To be told when every active job of a provider that was due has been asked for, and the provider has answered. */
  readonly reconciled: Pick<LastSuccesses, 'note'>;
}

/** What the reconciler owes to the jobs of one provider. Lanes do not wait for each other: a dead provider holds up nobody. */
export class ProviderLane {
  private underway: Promise<void> | undefined;
  private pollDueMs = Number.NEGATIVE_INFINITY;
  private failures = 0;
  private lastOutcome: PollOutcome = 'well';
  /** Jobs to ask for now, because something hints that they have ended. */
  private readonly hinted = new Set<string>();
  private hasNews = false;

  constructor(
    private readonly provider: string,
    private readonly world: LaneWorld,
  ) {}

  hint(jobId: string): void {
    this.hinted.add(jobId);
    this.hasNews = true;
  }

  /** Begins what is due, unless that is still under way. `holdsLease`: whether this process follows all jobs of the fleet. */
  advance(signal: AbortSignal, holdsLease: boolean): void {
    this.underway ??= this.work(signal, holdsLease)
      .catch((error: unknown) => {
        if (!signal.aborted) log.warning('Jobs cannot be reconciled; trying again', { provider: this.provider, error });
      })
      .finally(() => {
        this.underway = undefined;
        if (this.hasNews) this.world.wake();
      });
  }

  /** Resolves when nothing is under way. */
  async idle(): Promise<void> {
    await this.underway;
  }

  private async work(signal: AbortSignal, holdsLease: boolean): Promise<void> {
    await this.pollHinted(signal);
    if (!holdsLease) return;
    const nowMs = this.world.clock.monotonicMs();
    if (nowMs >= this.pollDueMs) {
      this.lastOutcome = await this.pollAll(signal);
      // What it refuses is no reason to ask less often for other runs.
      this.failures = this.lastOutcome === 'outage' ? this.failures + 1 : 0;
      this.pollDueMs = nowMs + this.pauseMs();
    }
    // Also while nothing is due: an interval may be longer than the patience of those who watch.
    if (this.lastOutcome === 'well' && !signal.aborted) this.world.reconciled.note(this.provider);
    await this.settleDue(signal);
  }

  private pauseMs(): number {
    const intervalMs = this.world.nextIntervalMs();
    const backoffMs = Math.min(BACKOFF_MS_MAX, intervalMs * 2 ** this.failures);
    return Math.max(intervalMs, backoffMs);
  }

  private async pollHinted(signal: AbortSignal): Promise<void> {
    const jobIds = [...this.hinted];
    this.hinted.clear();
    this.hasNews = false;
    const jobs = await Promise.all(jobIds.map((jobId) => this.world.jobs.find(jobId)));
    const known = jobs.filter((job) => job !== undefined);
    // Its run was faster than the record of its id, which is about to be made.
    for (const { jobId, providerJobId, status } of known)
      if (providerJobId === null && !isTerminal(status)) this.hinted.add(jobId);
    await this.world.poller.poll(known, { signal });
  }

  /** One that failed before is asked for a single run first. */
  private async pollAll(signal: AbortSignal): Promise<PollOutcome> {
    const seen = new Set<PollOutcome>();
    let batchMax = this.failures > 0 ? 1 : BATCH_JOBS;
    for (let after = ''; !signal.aborted; batchMax = BATCH_JOBS) {
      if (this.hasNews) await this.pollHinted(signal);
      const batch = await this.world.jobs.active(after, batchMax, this.provider);
      if (batch.length > 0) seen.add(await this.world.poller.poll(batch, { signal, isUnprompted: true }));
      const last = batch.at(-1);
      if (seen.has('outage')) break;
      if (batch.length < batchMax || !last) break;
      after = last.jobId;
    }
    return summary(seen);
  }

  private async settleDue(signal: AbortSignal): Promise<void> {
    const { runs, settler, clock } = this.world;
    for (const jobId of await runs.settlementsDue(this.provider, clock.now(), SETTLEMENTS_MAX)) {
      if (signal.aborted) return;
      await settler.settle(jobId).catch((error: unknown) => {
        log.warning('The provider did not end a run; trying again', { job_id: jobId, error });
      });
    }
  }
}
