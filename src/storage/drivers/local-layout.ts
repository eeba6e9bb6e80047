import { join } from 'node:path';
import { checkKey } from '#libs/s3';
import type { ObjectAddress } from '../object.js';

/** NAME_MAX of every common file system, in bytes. */
const SEGMENT_BYTES_MAX = 255;
/** Hex digits in one segment of an escaped name; the segments before the last one end with a mark, so that no file is in the way of a folder. */
const ESCAPED_DIGITS_MAX = 200;
const FOLDER_MARK = '+';
/** A bucket is the id of a job (UUID). */
const JOB_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Where things lie below the root of the local byte store. A bucket is a job id, so no bucket can be called like these. */
export class LocalLayout {
  readonly drafts: string;
  private readonly escapedRoot: string;

  constructor(readonly root: string) {
    this.drafts = join(root, '.uploads');
    this.escapedRoot = join(root, '.escaped');
  }

  draft(name: string): string {
    return join(this.drafts, name);
  }

  /** `{root}/{job_id}/{key}` as segments below the root, or undefined when no file system can hold the key under its own name. */
  plain({ jobId, key }: ObjectAddress): string[] | undefined {
    const segments = [jobId, ...key.split('/')];
    const isPossible = segments.every((segment) => segment !== '' && Buffer.byteLength(segment) <= SEGMENT_BYTES_MAX);
    return isPossible ? segments : undefined;
  }

  /** The name that can always be held: the key in hex, from which it can be read back. */
  escaped({ jobId, key }: ObjectAddress): string[] {
    const hex = Buffer.from(key).toString('hex');
    const pieces = hex.match(new RegExp(`.{1,${ESCAPED_DIGITS_MAX}}`, 'g')) ?? [];
    const folders = pieces.slice(0, -1).map((piece) => `${piece}${FOLDER_MARK}`);
    return ['.escaped', jobId, ...folders, pieces.at(-1) ?? ''];
  }

  /** The address of a file of the escaped tree, or undefined when its name is not one of ours. */
  addressOfEscaped(segments: readonly string[]): ObjectAddress | undefined {
    const [jobId, ...rest] = segments;
    const hex = rest.map((piece) => piece.replace(/\+$/, '')).join('');
    if (jobId === undefined || !JOB_ID.test(jobId) || !/^([0-9a-f]{2})+$/.test(hex)) return undefined;
    const address = asAddress(jobId, Buffer.from(hex, 'hex').toString());
    return address && this.escaped(address).slice(1).join('/') === segments.join('/') ? address : undefined;
  }

  /** The address of a file in the folder of a job, or undefined when no object can lie there. */
  addressOfPlain([jobId, ...rest]: readonly string[]): ObjectAddress | undefined {
    if (jobId === undefined || !JOB_ID.test(jobId)) return undefined;
    return asAddress(jobId, rest.join('/'));
  }

  path(segments: readonly string[]): string {
    return join(this.root, ...segments);
  }

  get escapedPath(): string {
    return this.escapedRoot;
  }
}

/** Undefined when the name of the file could not have come from a key. */
function asAddress(jobId: string, key: string): ObjectAddress | undefined {
  try {
    return { jobId, key: checkKey(key) };
  } catch {
    return undefined;
  }
}
