import type { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import type { ByteRange } from '#libs/s3';
import {
  ByteStore,
  type Draft,
  type LeftDraft,
  type MovedBlob,
  type OpenBlob,
  type StoredPart,
} from '../byte-store.js';
import { tooLarge } from '../chosen-parts.js';
import type { ObjectAddress } from '../object.js';
import { PartBuffers, type PartBuffersLimits } from './part-buffers.js';
import { S3Blob } from './s3-blob.js';
import { jobOfBlob, newBlobName, PARTS_FOLDER, versionsOf } from './s3-blob-name.js';
import type { S3Bucket, StoredBytes } from './s3-bucket.js';
import { DRAFT_BYTES_MAX, LARGE_PART_BYTES, PART_BYTES, S3Draft } from './s3-draft.js';
import { canBeCopied, joinInBucket } from './s3-join.js';

/** Memory for parts: 192 MiB, and 192 MiB more while objects beyond 31 GiB arrive. */
const BUFFERS_MAX = 24;
const LARGE_BUFFERS_MAX = 3;
/** One job has a third of either at the most: another one's uploads go on beside it. */
const JOBS_AT_FULL_SHARE = 3;
/** How long an upload waits for memory before its client is told to slow down. */
const BUFFER_WAIT_MS = 20_000;
/** All versions are looked through so often; parts, of which there are few, whenever somebody asks. */
const FULL_LOOK_INTERVAL_MS = 24 * 3_600_000;
const HEADS_AT_ONCE = 16;
/** Metadata of a version: the key of its object in base64url. Its job stands in its name. */
const KEY = 'key';

const log = getLogger('storage');

/**
 * Objects in a real bucket, for processes that share no disk: `{prefix}{job_id}/{hash of the key}-{random}`, parts under
 * `{prefix}parts/`. Nothing is kept on this machine. Every version has a name of its own and lies where it was written,
 * so versions never collide, and a reader has the version it has opened.
 */
export class S3ByteStore extends ByteStore {
  override readonly movesBlobs = false;
  private readonly buffers: PartBuffers;
  private readonly largeBuffers: PartBuffers;
  private fullLookAtMs = Number.NEGATIVE_INFINITY;
  /** Until the bucket has shown that it does not copy parts as they are. */
  private copiesParts = true;

  constructor(
    private readonly bucket: S3Bucket,
    private readonly clock: Clock,
  ) {
    super();
    this.buffers = new PartBuffers(PART_BYTES, limitsOf(BUFFERS_MAX), clock);
    this.largeBuffers = new PartBuffers(LARGE_PART_BYTES, limitsOf(LARGE_BUFFERS_MAX), clock);
  }

  override admit(bytes: number): Promise<void> {
    return bytes > DRAFT_BYTES_MAX ? Promise.reject(tooLarge(bytes, DRAFT_BYTES_MAX)) : Promise.resolve();
  }

  override createDraft(address?: ObjectAddress, jobId = address?.jobId ?? ''): Promise<Draft> {
    const { bucket, buffers, largeBuffers } = this;
    const metadata = address ? metadataOf(address) : {};
    return Promise.resolve(
      new S3Draft({ bucket, name: newBlobName(address), metadata, owner: jobId, buffers, largeBuffers }),
    );
  }

  override async join(address: ObjectAddress, parts: readonly StoredPart[]): Promise<string | undefined> {
    if (!this.copiesParts || !parts.every(canBeCopied)) return undefined;
    const joined = await joinInBucket(this.bucket, newBlobName(address), metadataOf(address), parts);
    this.copiesParts = joined !== undefined;
    if (joined === undefined) log.info('The bucket does not copy parts by itself: they are joined by this server');
    return joined;
  }

  override place(): Promise<void> {
    return Promise.resolve();
  }

  /** The bucket begins to send at once, so that a removal takes nothing away from whoever has opened. */
  override async open(blob: string, _?: ObjectAddress, wanted?: ByteRange): Promise<OpenBlob | undefined> {
    const isNothing = wanted && wanted.end < wanted.start;
    const found = await (isNothing ? this.bucket.head(blob) : this.bucket.get(blob, wanted));
    return found && new S3Blob(this.bucket, blob, found, isNothing ? undefined : wanted);
  }

  /** The newest version of the address, whether or not anybody knows it. */
  override async openMoved(address: ObjectAddress, bytes?: number): Promise<MovedBlob | undefined> {
    const versions = [];
    for await (const version of this.bucket.list(versionsOf(address))) versions.push(version);
    versions.sort((one, other) => other.modifiedAtMs - one.modifiedAtMs);
    for (const version of versions) {
      if (bytes !== undefined && version.bytes !== bytes) continue;
      const found = await this.bucket.head(version.name);
      if (found && keyIn(found) === address.key) return new S3Blob(this.bucket, version.name, found);
    }
    return undefined;
  }

  override async *placed(): AsyncGenerator<ObjectAddress, undefined> {
    for await (const names of this.versions()) {
      const addresses = await Promise.all(names.map((name) => this.addressOf(name)));
      const known = new Set<string>();
      for (const address of addresses) {
        if (!address || address === 'unknown') continue;
        const text = `${address.jobId}/${address.key}`;
        if (known.has(text)) continue;
        known.add(text);
        yield address;
      }
    }
    return undefined;
  }

  override remove(blob: string): Promise<void> {
    return this.bucket.remove(blob);
  }

  override async condition(): Promise<{ isRoomy: boolean; message: string }> {
    await this.bucket.probe();
    return { isRoomy: true, message: `The bucket ${this.bucket.location.bucket} answers` };
  }

  override async *leftDrafts(
    looked?: (isOfKind: (blob: string) => boolean) => void,
  ): AsyncGenerator<LeftDraft, undefined> {
    for await (const { name } of this.bucket.list(PARTS_FOLDER)) yield { blob: name };
    looked?.((blob) => blob.startsWith(PARTS_FOLDER));
    const nowMs = this.clock.monotonicMs();
    if (nowMs - this.fullLookAtMs < FULL_LOOK_INTERVAL_MS) return undefined;
    for await (const { name } of this.bucket.list('')) if (jobOfBlob(name) !== undefined) yield { blob: name };
    // Only now: a look that was broken off is taken up by the next sweep.
    this.fullLookAtMs = nowMs;
    looked?.((blob) => jobOfBlob(blob) !== undefined);
    return undefined;
  }

  override async addressOf(blob: string): Promise<ObjectAddress | 'unknown' | undefined> {
    const jobId = jobOfBlob(blob);
    const found = jobId !== undefined && (await this.bucket.head(blob));
    if (jobId === undefined || !found) return undefined;
    const key = keyIn(found);
    return key === undefined ? 'unknown' : { jobId, key };
  }

  override async giveUpDrafts(begunBeforeMs: number): Promise<void> {
    for await (const { name, uploadId, initiatedMs } of this.bucket.openUploads()) {
      const isOurs = name.startsWith(PARTS_FOLDER) || jobOfBlob(name) !== undefined;
      if (!isOurs || initiatedMs >= begunBeforeMs) continue;
      log.info('An upload into the bucket that was never ended is given up', { blob: name });
      await this.bucket.abort(name, uploadId);
    }
  }

  /** Names of versions, a few at a time; those of one key stand together. */
  private async *versions(): AsyncGenerator<string[], undefined> {
    let names: string[] = [];
    for await (const { name } of this.bucket.list('')) {
      if (jobOfBlob(name) === undefined) continue;
      if (names.length >= HEADS_AT_ONCE && beginning(name) !== beginning(names.at(-1) ?? '')) {
        yield names;
        names = [];
      }
      names.push(name);
    }
    if (names.length > 0) yield names;
    return undefined;
  }
}

function metadataOf({ key }: ObjectAddress): Record<string, string> {
  return { [KEY]: Buffer.from(key).toString('base64url') };
}

/** The key of the object that bytes are a version of; undefined when their metadata do not tell it. */
function keyIn({ metadata }: StoredBytes): string | undefined {
  const text = metadata[KEY];
  return text ? Buffer.from(text, 'base64url').toString() : undefined;
}

function limitsOf(buffersMax: number): PartBuffersLimits {
  return { buffersMax, ownerBuffersMax: Math.ceil(buffersMax / JOBS_AT_FULL_SHARE), waitMs: BUFFER_WAIT_MS };
}

/** What the versions of a key have in common. */
function beginning(name: string): string {
  return name.slice(0, name.lastIndexOf('-'));
}
