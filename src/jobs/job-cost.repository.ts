/** What one job has cost, or is expected to cost while it is open. It outlives the job's deletion. */
export interface CostEntry {
  readonly jobId: string;
  readonly provider: string;
  readonly userId: string;
  /** The hardware profile that was asked for; empty for the provider's choice. */
  readonly hardware: string;
  /** When it counts: the job's end, or its creation while the entry is open. */
  readonly atMs: number;
  readonly usd: number;
  /** The job has not ended, or its run at the provider has still to be settled: `usd` is reserved. */
  readonly isOpen: boolean;
  /** The job has run to its end: `usd` tells what others like it will cost. */
  readonly isCompleted: boolean;
}

export interface CostSums {
  /** Of jobs that ended in the period. */
  readonly spentUsd: number;
  /** Of jobs that are open, whenever they began. */
  readonly reservedUsd: number;
}

/** Where costs are kept. Every driver must pass test/contract/cost-limits.test.ts. */
export abstract class JobCostRepository {
  /** Adds or replaces the entry of a job. */
  abstract put(entry: CostEntry): Promise<void>;
  /** Keeps everybody else from the provider's turn until the caller's transaction ends; the first statement in it. */
  abstract takeTurn(provider: string): Promise<void>;
  /** Sums since `sinceMs`; reads that period and the open jobs, however long the history is. */
  abstract sums(provider: string, sinceMs: number): Promise<CostSums>;
  /** The mean of the newest `count` jobs that completed and cost something; undefined when there is none. */
  abstract meanUsd(provider: string, hardware: string, count: number): Promise<number | undefined>;
}
