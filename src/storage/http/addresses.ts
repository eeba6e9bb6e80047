import { S3Error } from '#libs/s3';
import type { ObjectAddress } from '../object.js';

/** The bucket that shows every job's objects, under `{job_id}/`. */
export const OUTPUTS_BUCKET = 'outputs';

/** The place a request names: `{key}` in the job's own bucket, or `{job_id}/{key}` in `outputs`. */
export function addressOf(bucket: string, key: string): ObjectAddress {
  if (bucket !== OUTPUTS_BUCKET) return { jobId: bucket, key };
  const slash = key.indexOf('/');
  if (slash < 1 || slash === key.length - 1) {
    throw new S3Error('InvalidArgument', 'Keys of the bucket outputs begin with the id of a job: {job_id}/{key}.');
  }
  return { jobId: key.slice(0, slash), key: key.slice(slash + 1) };
}

/** The key under which an object is shown in a bucket. */
export function shownKey(bucket: string, address: ObjectAddress): string {
  return bucket === OUTPUTS_BUCKET ? `${address.jobId}/${address.key}` : address.key;
}
