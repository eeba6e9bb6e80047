/** What has arrived for a job since the last call. */
export interface UploadUpdate {
  /** Objects that became whole and visible; counted durably, in the caller's transaction when there is one. */
  readonly files?: number;
  /** Their bytes. */
  readonly bytes?: number;
  /** Bytes of bodies being received by this process at the moment, all of the job's uploads together. */
  readonly bytesInFlight?: number;
  readonly currentFile?: string;
  /** One sentence about an upload that failed; cleared by the next object that arrives whole. */
  readonly error?: string;
}

/** The upload counters of jobs, shown in `upload_progress` and announced at most once a second per job. */
export abstract class UploadProgress {
  /** Finished objects and errors are durable when this resolves; bytes in flight alone cost no write. */
  abstract record(jobId: string, update: UploadUpdate): Promise<void>;
}
