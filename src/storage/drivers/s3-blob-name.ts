import { createHash } from 'node:crypto';
import { newRandomId } from '#libs/ids';
import type { ObjectAddress } from '../object.js';

/** Parts of uploads lie apart from objects: no job is called like this. */
export const PARTS_FOLDER = 'parts/';
/** Hex digits that tell the keys of a job apart well enough to find a key's versions quickly. */
const KEY_DIGITS = 16;
const RANDOM_DIGITS = 24;
const BLOB = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\/([0-9a-f]{16})-[0-9a-f]{24}$/;

/** What every version of an object is called begins like this; the key itself stands in the metadata of the version. */
export function versionsOf({ jobId, key }: ObjectAddress): string {
  return `${jobId}/${createHash('sha256').update(key).digest('hex').slice(0, KEY_DIGITS)}-`;
}

/** A name that no other version and no other part has; of bytes that are a part alone, without an address. */
export function newBlobName(address: ObjectAddress | undefined): string {
  const random = newRandomId();
  return address ? versionsOf(address) + random.replaceAll('-', '').slice(-RANDOM_DIGITS) : PARTS_FOLDER + random;
}

/** The job whose object a name is a version of; undefined for a part, and for what others have put into the bucket. */
export function jobOfBlob(name: string): string | undefined {
  return BLOB.exec(name)?.[1];
}
