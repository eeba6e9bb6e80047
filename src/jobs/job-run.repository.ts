/** A job that is now to be handed to its provider by nobody but the claimer. */
export interface Claim {
  readonly jobId: string;
  readonly provider: string;
  /** Above 1, the provider may have the job already. */
  readonly attempt: number;
}

export interface ClaimWish {
  readonly provider: string;
  /** Who claims. */
  readonly holder: string;
  readonly nowMs: number;
  /** Until when nobody else may claim the same job. */
  readonly untilMs: number;
  /** How many jobs the provider runs at a time; undefined: any number. */
  readonly concurrencyLimit: number | undefined;
}

/** What the server still owes to jobs. Every driver must pass test/contract/jobs-runs.test.ts. */
export abstract class JobRunRepository {
  /** Keeps the submission (null: the job was not submitted here) and makes the job claimable from `dueMs` on. */
  abstract add(jobId: string, provider: string, submission: string | null, dueMs: number | null): Promise<void>;
  /** The submission as it was given to `add`. */
  abstract submission(jobId: string): Promise<string | undefined>;
  abstract remove(jobId: string): Promise<void>;

  /** Providers that a job is due for. */
  abstract providersDue(nowMs: number): Promise<string[]>;
  /** Claims the oldest due job, however many claim at once; undefined when there is none, or the provider has no room. */
  abstract claim(wish: ClaimWish): Promise<Claim | undefined>;
  /** Prolongs a claim. */
  abstract renew(jobId: string, holder: string, untilMs: number): Promise<void>;
  /** Gives a claim back: the job may be claimed again from `dueMs` on. */
  abstract postpone(jobId: string, holder: string, dueMs: number): Promise<void>;
  /** Ends the claims and leases that a predecessor left: for the only server there is, when it starts. */
  abstract takeOver(nowMs: number): Promise<void>;
  /** The job needs no handing over (any more). */
  abstract finishDispatch(jobId: string): Promise<void>;
  /** The oldest waiting jobs with their place in their provider's queue, counted from 1; at most `limit` are looked at. */
  abstract waiting(limit: number): Promise<Map<string, number>>;
  /** The job's place in its provider's queue, counted from 1; undefined when it does not wait. */
  abstract place(jobId: string): Promise<number | undefined>;
  /** Whether the job was ever claimed, and so may be at the provider. */
  abstract wasClaimed(jobId: string): Promise<boolean>;

  /** Notes that the provider is being asked to tell the run's end by webhook. */
  abstract awaitWebhook(jobId: string): Promise<void>;
  abstract awaitsWebhook(jobId: string): Promise<boolean>;

  /** When to look next whether the provider has ended the run, too; null: it has. */
  abstract settleAt(jobId: string, dueMs: number | null): Promise<void>;
  /** Runs of the provider that are due, the longest due first. */
  abstract settlementsDue(provider: string, nowMs: number, limit: number): Promise<string[]>;
  /** As the last writer left it; inside a transaction it stays so until that ends. */
  abstract isSettling(jobId: string): Promise<boolean>;

  /** Takes or prolongs a lease that one process of the fleet holds at a time; false while another one holds it. */
  abstract holdLease(name: 'reconcile', holder: string, nowMs: number, untilMs: number): Promise<boolean>;
  abstract releaseLease(name: 'reconcile', holder: string): Promise<void>;
}
