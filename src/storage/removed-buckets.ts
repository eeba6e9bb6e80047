import type { Bucket } from './object.js';

/** Buckets whose job was deleted. To everybody else they are not there. */
export abstract class RemovedBuckets {
  /** From now on the bucket takes nothing; joins the caller's transaction. What is in it is still to be removed. */
  abstract mark(jobId: string, nowMs: number): Promise<void>;
  /** Puts one whose content cannot be removed yet behind the others. */
  abstract postpone(jobId: string, nowMs: number): Promise<void>;
  /** Those that were not forgotten yet, the longest marked or postponed first. */
  abstract oldest(entriesMax: number): Promise<Bucket[]>;
  /** Forgets a removed bucket that is empty. */
  abstract forget(jobId: string): Promise<void>;
}
