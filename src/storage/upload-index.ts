import type { ListPosition } from '#libs/s3';
import type { MultipartUpload, UploadPart } from './object.js';

/** Where a listing of uploads goes on: behind an upload of a key, or at a key. */
export interface UploadPosition extends ListPosition {
  /** Uploads of `key` after this one; '' for all of them when `key` is included. */
  readonly uploadIdMarker: string;
}

/** The multipart uploads under way and their parts. */
export abstract class UploadIndex {
  abstract begin(upload: MultipartUpload): Promise<void>;
  abstract find(uploadId: string): Promise<MultipartUpload | undefined>;
  /**
   * Records a part; one with the same number is replaced and returned. Undefined when the upload is not open any more:
   * nothing is recorded then.
   * @throws S3Error EntityTooLarge when the job would hold more than `jobBytesMax`.
   */
  abstract putPart(part: UploadPart, jobBytesMax: number): Promise<{ replaced: UploadPart | undefined } | undefined>;
  /** Parts in order, after `afterPartNumber`. */
  abstract parts(uploadId: string, afterPartNumber: number, entriesMax: number): Promise<UploadPart[]>;
  /** Ends an open upload without an object and hands over its parts, whose blobs are to be removed. */
  abstract abort(uploadId: string, nowMs: number): Promise<UploadPart[]>;
  /** Open uploads of a job by key, then by upload id. */
  abstract read(
    jobId: string,
    prefix: string,
    position: UploadPosition,
    entriesMax: number,
  ): Promise<MultipartUpload[]>;
  /** Open uploads that began before an instant and have got no part since. */
  abstract abandoned(beforeMs: number, entriesMax: number): Promise<MultipartUpload[]>;
  /** Forgets uploads that ended before an instant. */
  abstract forgetEnded(beforeMs: number): Promise<void>;
}
