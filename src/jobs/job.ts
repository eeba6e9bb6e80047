import type { JobStatus, Progress } from '../providers/index.js';

/** One training job, as it stands now. Instants are milliseconds since the epoch. */
export interface Job {
  readonly jobId: string;
  readonly jobType: 'cloud' | 'local';
  readonly provider: string;
  /** The provider's own id, or null until it has given one. */
  readonly providerJobId: string | null;
  readonly status: JobStatus;
  readonly configName: string | null;
  readonly trackerRunName: string | null;
  readonly userId: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly createdAtMs: number;
  readonly queuedAtMs: number | null;
  readonly startedAtMs: number | null;
  /** Whether the provider told the start, or it was only seen here; what was told outweighs what was seen. */
  readonly isStartTold: boolean;
  readonly completedAtMs: number | null;
  readonly isCompletionTold: boolean;
  readonly costUsd: number | null;
  readonly estimatedCostUsd: number | null;
  /** What the submitter asked for. */
  readonly hardwareProfile: string | null;
  readonly hardwareType: string | null;
  readonly errorMessage: string | null;
  readonly outputUrl: string | null;
  readonly progress: Progress | null;
  /** When the progress was told: an older report never takes it back. */
  readonly progressAtMs: number | null;
  readonly lastLog: string | null;
  readonly lastLogAtMs: number | null;
  readonly correlationId: string;
}

const terminal: ReadonlySet<JobStatus> = new Set(['completed', 'failed', 'cancelled']);

/** Whether nothing can follow this status (contract §5). */
export function isTerminal(status: JobStatus): boolean {
  return terminal.has(status);
}

/** Who or what brought a fact about a job. */
export type EvidenceSource = 'webhook' | 'poll' | 'upload' | 'user' | 'dispatcher' | 'timeout';

/** Where a fact comes from, as the timeline tells it. */
export interface Evidence {
  readonly source: EvidenceSource;
  /** What can be looked up elsewhere: a delivery's id, a request's id. The same id is never told twice. */
  readonly id: string;
  /** When it happened or arrived; now, when absent. A replayed delivery keeps the instant of its arrival. */
  readonly atMs?: number;
  /** Nothing had told that there is news. An end that is found so, where a webhook should have told it, is a lost webhook. */
  readonly isUnprompted?: boolean;
}

/** How a report names its job: our id, the provider's, or both, which then must belong together. */
export type JobSelector =
  | string
  | { readonly provider: string; readonly jobId: string; readonly providerJobId?: string | undefined }
  | { readonly provider: string; readonly jobId?: undefined; readonly providerJobId: string };

/** Whether a report that names `selector` speaks of this job: one with both ids must not reach a job that has another one. */
export function isNamedBy(selector: JobSelector, job: Job): boolean {
  if (typeof selector === 'string') return selector === job.jobId;
  const { provider, jobId, providerJobId } = selector;
  if (provider !== job.provider || (jobId !== undefined && jobId !== job.jobId)) return false;
  if (providerJobId === undefined) return true;
  return providerJobId === job.providerJobId || (jobId !== undefined && job.providerJobId === null);
}
