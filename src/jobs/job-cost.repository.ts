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
  /** The job has run to its end and has cost something: `usd` tells what others like it will cost. */
  readonly isPrecedent: boolean;
}

export interface CostSums {
  /** Of jobs that ended in the period. */
  readonly spentUsd: number;
  /** Of jobs that are open, whenever they began. */
  readonly reservedUsd: number;
}

/**
 * Where costs are kept, and their sums, which change in the same transaction. Every driver must pass
 * test/contract/cost-limits.test.ts and test/contract/cost-sums.test.ts.
 */
export abstract class JobCostRepository {
  /** Adds the entry of a job that has none yet. */
  abstract add(entry: CostEntry): Promise<void>;
  /** Adds or replaces the entry of a job. The caller's transaction has locked the job. */
  abstract put(entry: CostEntry): Promise<void>;
  /** Keeps everybody else from the provider's turn until the caller's transaction ends; the first statement in it. */
  abstract takeTurn(provider: string): Promise<void>;
  /** Sums since the beginning of a day (UTC), exact to the billionth of a dollar, however long the history is. */
  abstract sums(provider: string, sinceMs: number): Promise<CostSums>;
  /** The mean of the newest `count` precedents; undefined when there is none. */
  abstract meanUsd(provider: string, hardware: string, count: number): Promise<number | undefined>;
  /** Joins the changes of sums into few rows, when there are many; true when there is more to join. Any number of replicas may do it at once. */
  abstract fold(): Promise<boolean>;
  /**
   * Adds to the sums what entries say beyond them; true when that was anything. Servers of before the sums write entries alone, and
   * some of them work on while a fleet is updated. Reads every entry. Any number of replicas may do it at once.
   */
  abstract recount(): Promise<boolean>;
}
