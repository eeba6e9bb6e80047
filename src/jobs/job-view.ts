import { isTerminal, type Job } from './job.js';
import type { TimelineEntry } from './job.repository.js';
import type { JobUpload } from './job-upload.repository.js';

/** A job as callers see it (contract §5). Never the upload token or its secret. */
export function jobView(job: Job, upload: JobUpload | undefined, queuePosition: number | null, nowMs: number) {
  const { startedAtMs, completedAtMs } = times(job);
  const isOver = isTerminal(job.status);
  return {
    job_id: job.jobId,
    job_type: job.jobType,
    provider: job.provider,
    provider_job_id: job.providerJobId,
    status: job.status,
    config_name: job.configName,
    tracker_run_name: job.trackerRunName,
    created_at: iso(job.createdAtMs),
    queued_at: iso(job.queuedAtMs),
    started_at: iso(startedAtMs),
    completed_at: iso(completedAtMs),
    cost_usd: job.costUsd,
    estimated_cost_usd: job.estimatedCostUsd,
    hardware_type: job.hardwareType,
    error_message: job.errorMessage,
    output_url: job.outputUrl,
    user_id: job.userId,
    metadata: job.metadata,
    is_terminal: isOver,
    is_active: !isOver,
    duration_seconds:
      startedAtMs === null
        ? null
        : Math.max(0, ((isOver ? (completedAtMs ?? startedAtMs) : nowMs) - startedAtMs) / 1000),
    queue_position: queuePosition,
    requires_approval: false,
    progress: job.progress,
    upload_progress: upload ? uploadView(upload, isOver) : null,
  };
}

export type JobView = ReturnType<typeof jobView>;

/** The upload counters; null before anything has arrived. */
export function uploadView(upload: JobUpload, isDone: boolean) {
  if (upload.updatedAtMs === null) return null;
  return {
    stage: isDone
      ? 'done'
      : upload.stalledAtMs !== null
        ? 'stalled'
        : upload.bytesInFlight > 0
          ? 'receiving'
          : 'waiting',
    current: upload.bytesReceived,
    total: null,
    percent: isDone ? 100 : null,
    message: `${upload.filesReceived} files received`,
    done: isDone,
    error: upload.error,
    updated_at: iso(upload.updatedAtMs),
    files_received: upload.filesReceived,
    bytes_received: upload.bytesReceived,
    bytes_in_flight: upload.bytesInFlight,
    current_file: upload.currentFile,
    last_upload_at: iso(upload.lastUploadAtMs),
    rate_bytes_per_second: Math.round(upload.rateBytesPerSecond),
    stalled_since: isDone || upload.stalledAtMs === null ? null : iso(upload.updatedAtMs),
  };
}

export function timelineView(entry: TimelineEntry) {
  return {
    at: iso(entry.atMs),
    source: entry.source,
    from: entry.fromStatus,
    to: entry.toStatus,
    evidence_ids: [entry.evidenceId],
    note: entry.note,
  };
}

/** A start that was only seen may have been seen late, after the end. */
function times(job: Job): Pick<Job, 'startedAtMs' | 'completedAtMs'> {
  const { startedAtMs, completedAtMs } = job;
  const isLate = startedAtMs !== null && completedAtMs !== null && startedAtMs > completedAtMs;
  return { startedAtMs: isLate ? completedAtMs : startedAtMs, completedAtMs };
}

/** ISO-8601 with milliseconds and `Z`. */
export function iso<T extends number | null>(atMs: T): T extends number ? string : string | null {
  return (atMs === null ? null : new Date(atMs).toISOString()) as never;
}
