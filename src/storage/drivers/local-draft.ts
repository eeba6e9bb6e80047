import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
import type { DigestAlgorithm, Digests, HashPool } from '#libs/s3';
import type { Draft } from '../byte-store.js';
import { withRoomErrors } from '../disk-guard.js';
import { blobName } from './blob-name.js';
import { closeFile, openFile, statFile, syncFile, writeFile } from './descriptors.js';
import type { PromptFiles } from './prompt-files.js';

const FILE_MODE = 0o600;
/** After so many bytes the disk begins to work, so that making a large object durable does not begin at its end. */
const EARLY_SYNC_BYTES = 32 * 1024 * 1024;
/** What is written on this thread, at the most: longer writes would hold up others. */
const PROMPT_WRITE_BYTES_MAX = 128 * 1024;
const FLAGS = constants.O_CREAT | constants.O_EXCL | constants.O_RDWR | constants.O_NOFOLLOW;

/** What a draft needs of its store. */
export interface DraftHome {
  readonly name: string;
  readonly path: string;
  readonly files: PromptFiles;
  readonly changes: PromptFiles;
  readonly pool: HashPool;
  /** Throws when the volume has no room for so many bytes more. */
  admit(bytes: number): Promise<void>;
  /** Makes the draft's name durable. */
  syncFolder(): Promise<void>;
  /** Called once nobody writes the draft any more. */
  onEnded(): void;
}

/** A draft in a file of its own, beside the objects, made when there are bytes for it: publishing it is a rename. */
export class LocalDraft implements Draft {
  private isEnded = false;
  /** Open for as long as it is there: once it is closed the number may be another file's. */
  private file: number | undefined;
  /** The name of a blob that was made whole. */
  private whole: string | undefined;
  private unsyncedBytes = 0;
  private earlySync: Promise<void> | undefined;
  private syncFailure: unknown;

  constructor(private readonly home: DraftHome) {}

  writeWhole(pieces: readonly Uint8Array[], algorithms: readonly DigestAlgorithm[]): Promise<Digests> | undefined {
    // A network that hangs would hold up all that is hashed by that thread.
    return this.home.changes.isLocal ? this.makeWhole(pieces, algorithms) : undefined;
  }

  async write(bytes: Buffer, offset: number): Promise<void> {
    await this.home.admit(bytes.length);
    const file = (this.file ??= await this.make());
    for (let written = 0; written < bytes.length;) {
      const rest = [bytes, written, bytes.length - written, offset + written] as const;
      written += await withRoomErrors(async () =>
        // Once a draft is larger its pages wait for the disk, and so may a write.
        offset + bytes.length <= PROMPT_WRITE_BYTES_MAX
          ? this.home.changes.run(
              () => writeSync(file, ...rest),
              () => writeFile(file, ...rest),
            )
          : writeFile(file, ...rest),
      );
    }
    this.unsyncedBytes += bytes.length;
    if (this.unsyncedBytes >= EARLY_SYNC_BYTES) this.syncEarly(file);
  }

  async seal(): Promise<string> {
    if (this.whole !== undefined) {
      this.end();
      return this.whole;
    }
    await this.earlySync;
    // The system tells a failed write of its cache once; asking again would be answered with success.
    if (this.syncFailure !== undefined) throw this.syncFailure as Error;
    const file = (this.file ??= await this.make());
    // Both have ended when one has failed, so that nothing works on a file that is closed next.
    const synced = await Promise.allSettled([withRoomErrors(() => syncFile(file)), this.home.syncFolder()]);
    for (const result of synced) if (result.status === 'rejected') throw result.reason;
    const { files } = this.home;
    const found = await files.run(
      () => fstatSync(file, { bigint: true }),
      () => statFile(file),
    );
    this.file = undefined;
    await files.run(
      () => closeSync(file),
      () => closeFile(file),
    );
    this.end();
    return blobName(this.home.name, found);
  }

  async discard(): Promise<void> {
    if (this.isEnded) return;
    await this.earlySync;
    if (this.file !== undefined) await closeFile(this.file).catch(() => undefined);
    await unlink(this.home.path).catch(() => undefined);
    this.end();
  }

  private make(): Promise<number> {
    const { changes, path } = this.home;
    return withRoomErrors(async () =>
      changes.run(
        () => openSync(path, FLAGS, FILE_MODE),
        () => openFile(path, FLAGS, FILE_MODE),
      ),
    );
  }

  private async makeWhole(pieces: readonly Uint8Array[], algorithms: readonly DigestAlgorithm[]): Promise<Digests> {
    const { name, path, pool } = this.home;
    await this.home.admit(pieces.reduce((sum, { length }) => sum + length, 0));
    const wanted = { path, flags: FLAGS, mode: FILE_MODE, pieces, algorithms };
    const { identity, digests } = await withRoomErrors(() => pool.makeFile(wanted));
    this.whole = blobName(name, identity);
    return digests;
  }

  private syncEarly(file: number): void {
    if (this.earlySync) return;
    this.unsyncedBytes = 0;
    this.earlySync = withRoomErrors(() => syncFile(file))
      .catch((error: unknown) => (this.syncFailure = error))
      .then(() => (this.earlySync = undefined));
  }

  private end(): void {
    this.isEnded = true;
    this.home.onEnded();
  }
}
