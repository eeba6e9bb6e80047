/** A job's upload credential and what has arrived with it. */
export interface JobUpload {
  readonly jobId: string;
  readonly uploadToken: string;
  readonly userId: string;
  readonly provider: string;
  readonly createdAtMs: number;
  readonly closedAtMs: number | null;
  /** Closed without a time of grace. */
  readonly isRevoked: boolean;
  readonly filesReceived: number;
  readonly bytesReceived: number;
  readonly bytesInFlight: number;
  readonly rateBytesPerSecond: number;
  readonly currentFile: string | null;
  readonly error: string | null;
  readonly lastUploadAtMs: number | null;
  /** When something was last noted; null before anything has arrived. */
  readonly updatedAtMs: number | null;
  /** Since when it is known that uploads have stalled; anything that arrives ends it. */
  readonly stalledAtMs: number | null;
  /** Pauses between files of at least GAP_MS_MIN, and the longest of them. */
  readonly gapCount: number;
  readonly longestGapMs: number;
}

/** Objects that have become visible, or an upload that failed. */
export interface Arrival {
  readonly files: number;
  readonly bytes: number;
  readonly currentFile: string | null;
  readonly error: string | null;
  readonly atMs: number;
}

/** What is being received at the moment. */
export interface Traffic {
  readonly bytesInFlight: number;
  readonly rateBytesPerSecond: number;
  readonly currentFile: string | null;
  readonly atMs: number;
}

/** Where upload credentials and counters live. Every driver must pass test/contract/jobs-uploads.test.ts. */
export abstract class JobUploadRepository {
  abstract add(upload: Pick<JobUpload, 'jobId' | 'uploadToken' | 'userId' | 'provider' | 'createdAtMs'>): Promise<void>;
  abstract find(uploadToken: string): Promise<JobUpload | undefined>;
  abstract ofJobs(jobIds: readonly string[]): Promise<JobUpload[]>;
  /** Ends the credential; one that is closed already keeps its time. */
  abstract close(jobId: string, isRevoked: boolean, nowMs: number): Promise<void>;
  abstract remove(jobId: string): Promise<void>;
  /** Adds to the counters; arrivals noted at once all count. */
  abstract noteArrival(jobId: string, arrival: Arrival): Promise<void>;
  abstract noteTraffic(jobId: string, traffic: Traffic): Promise<void>;
  /** Open credentials whose uploads were last noted before an instant and are not known to have stalled, the longest silent first. */
  abstract silent(beforeMs: number, entriesMax: number): Promise<JobUpload[]>;
  /** Open credentials whose uploads are known to have stalled. */
  abstract countStalled(): Promise<number>;
  /** Notes that uploads have stalled, unless that is known or something was noted since `updatedAtMs`; true when this call did. */
  abstract noteStall(jobId: string, updatedAtMs: number | null, atMs: number): Promise<boolean>;
}
