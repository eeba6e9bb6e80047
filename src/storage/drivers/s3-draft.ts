import type { Draft } from '../byte-store.js';
import { tooLarge } from '../chosen-parts.js';
import type { PartBuffers } from './part-buffers.js';
import type { S3Bucket } from './s3-bucket.js';

const MIB = 1024 * 1024;
export const PART_BYTES = 8 * MIB;
export const LARGE_PART_BYTES = 64 * MIB;
/** Drafts up to this size are kept in pieces of their own size, so that slow senders of little hold little. */
const SMALL_BYTES_MAX = MIB / 4;
/** S3's own bound. */
const PARTS_MAX = 10_000;
/** After so many parts they are large ones, so that S3's number of them suffices for the largest object. */
const PARTS_BEFORE_LARGE = 4_000;
/** 406 GiB. */
export const DRAFT_BYTES_MAX = PARTS_BEFORE_LARGE * PART_BYTES + (PARTS_MAX - PARTS_BEFORE_LARGE) * LARGE_PART_BYTES;

export interface S3DraftHome {
  readonly bucket: S3Bucket;
  readonly name: string;
  readonly metadata: Record<string, string>;
  /** The job that the memory is counted for. */
  readonly owner: string;
  /** Of PART_BYTES each. */
  readonly buffers: PartBuffers;
  /** Of LARGE_PART_BYTES each. */
  readonly largeBuffers: PartBuffers;
}

/**
 * Bytes on their way into a real bucket. A part is kept until the bucket has confirmed it, for a stream could not be sent
 * a second time; one part is sent while the next one arrives, if there is memory for both.
 */
export class S3Draft implements Draft {
  private readonly small: Buffer[] = [];
  /** What is being filled, and how far. */
  private part: Buffer | undefined;
  private length = 0;
  private announcedBytes = 0;
  /** To become the first part, as soon as what was written is too much to be kept in small pieces. */
  private reserved: Buffer | undefined;
  private uploadId: string | undefined;
  private readonly etags: string[] = [];
  private sending: Promise<void> = Promise.resolve();
  private state: 'open' | 'sealing' | 'ended' = 'open';

  constructor(private readonly home: S3DraftHome) {}

  async ready(bytes: number): Promise<void> {
    this.announcedBytes += bytes;
    if (this.announcedBytes <= SMALL_BYTES_MAX || this.part) return;
    this.reserved ??= await this.home.buffers.take(this.home.owner);
  }

  async write(bytes: Buffer): Promise<void> {
    if (!this.part && this.length + bytes.length <= SMALL_BYTES_MAX) {
      this.small.push(Buffer.from(bytes));
      this.length += bytes.length;
      return;
    }
    let part = this.part ?? (await this.outgrow());
    for (let start = 0; start < bytes.length;) {
      if (this.length === part.length) part = await this.sendPart(part);
      const copied = bytes.copy(part, this.length, start);
      start += copied;
      this.length += copied;
    }
  }

  async seal(): Promise<string> {
    const { bucket, name, metadata } = this.home;
    this.state = 'sealing';
    const last = this.part ? this.part.subarray(0, this.length) : Buffer.concat(this.small);
    if (this.uploadId === undefined) await bucket.put(name, last, metadata);
    else {
      await this.sending;
      await this.send(last, this.uploadId);
      await bucket.complete(name, this.uploadId, this.etags);
    }
    this.end();
    return name;
  }

  async discard(): Promise<void> {
    if (this.state === 'ended') return;
    const { bucket, name } = this.home;
    await this.sending.catch(() => undefined);
    if (this.uploadId !== undefined) await bucket.abort(name, this.uploadId).catch(() => undefined);
    // An attempt whose answer was lost may have succeeded.
    if (this.state === 'sealing') await bucket.remove(name).catch(() => undefined);
    this.end();
  }

  private async outgrow(): Promise<Buffer> {
    const part = this.reserved ?? (await this.home.buffers.take(this.home.owner));
    this.reserved = undefined;
    let position = 0;
    for (const piece of this.small.splice(0)) position += piece.copy(part, position);
    this.part = part;
    return part;
  }

  /** Sends a full part; resolves to the one to be filled next. */
  private async sendPart(full: Buffer): Promise<Buffer> {
    const { bucket, name, metadata } = this.home;
    const uploadId = (this.uploadId ??= await bucket.begin(name, metadata));
    await this.sending;
    const sentParts = this.etags.length + 1;
    if (sentParts === PARTS_MAX) throw tooLarge(DRAFT_BYTES_MAX + 1, DRAFT_BYTES_MAX);
    const pool = sentParts < PARTS_BEFORE_LARGE ? this.home.buffers : this.home.largeBuffers;
    const next = pool.tryTake(this.home.owner);
    if (next) {
      this.sending = this.send(full, uploadId).finally(() => this.giveBack(full));
      // Judged before the next part is sent, and at the end.
      this.sending.catch(() => undefined);
      this.part = next;
    } else {
      // Waiting for the bucket ends by itself, waiting for others might not.
      await this.send(full, uploadId);
    }
    this.length = 0;
    return next ?? full;
  }

  private async send(part: Buffer, uploadId: string): Promise<void> {
    const { bucket, name } = this.home;
    this.etags.push(await bucket.putPart(name, uploadId, this.etags.length + 1, part));
  }

  private end(): void {
    this.state = 'ended';
    for (const buffer of [this.part, this.reserved]) if (buffer) this.giveBack(buffer);
    this.part = this.reserved = undefined;
  }

  private giveBack(part: Buffer): void {
    const { buffers, largeBuffers } = this.home;
    (part.length === buffers.bytes ? buffers : largeBuffers).giveBack(part);
  }
}
