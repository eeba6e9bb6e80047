import { closeSync, constants, fstatSync, openSync, writeSync } from 'node:fs';
import { unlink } from 'node:fs/promises';
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
  /** Throws when the volume has no room for so many bytes more. */
  admit(bytes: number): Promise<void>;
  /** Makes the draft's name durable. */
  syncFolder(): Promise<void>;
  /** Called once nobody writes the draft any more. */
  onEnded(): void;
}

/** A draft in a file of its own, beside the objects: publishing it is a rename. */
export class LocalDraft implements Draft {
  private isEnded = false;
  /** The number may be another file's by now. */
  private isClosed = false;
  private unsyncedBytes = 0;
  private earlySync: Promise<void> | undefined;
  private syncFailure: unknown;

  private constructor(
    private readonly home: DraftHome,
    private readonly file: number,
  ) {}

  static async create(home: DraftHome): Promise<LocalDraft> {
    const { changes, path } = home;
    const file = await withRoomErrors(async () =>
      changes.run(
        () => openSync(path, FLAGS, FILE_MODE),
        () => openFile(path, FLAGS, FILE_MODE),
      ),
    );
    return new LocalDraft(home, file);
  }

  async write(bytes: Buffer, offset: number): Promise<void> {
    await this.home.admit(bytes.length);
    for (let written = 0; written < bytes.length;) {
      const rest = [bytes, written, bytes.length - written, offset + written] as const;
      written += await withRoomErrors(async () =>
        // Once a draft is larger its pages wait for the disk, and so may a write.
        offset + bytes.length <= PROMPT_WRITE_BYTES_MAX
          ? this.home.changes.run(
              () => writeSync(this.file, ...rest),
              () => writeFile(this.file, ...rest),
            )
          : writeFile(this.file, ...rest),
      );
    }
    this.unsyncedBytes += bytes.length;
    if (this.unsyncedBytes >= EARLY_SYNC_BYTES) this.syncEarly();
  }

  async seal(): Promise<string> {
    await this.earlySync;
    // The system tells a failed write of its cache once; asking again would be answered with success.
    if (this.syncFailure !== undefined) throw this.syncFailure as Error;
    // Both have ended when one has failed, so that nothing works on a file that is closed next.
    const synced = await Promise.allSettled([withRoomErrors(() => syncFile(this.file)), this.home.syncFolder()]);
    for (const result of synced) if (result.status === 'rejected') throw result.reason;
    const { files } = this.home;
    const found = await files.run(
      () => fstatSync(this.file, { bigint: true }),
      () => statFile(this.file),
    );
    this.isClosed = true;
    await files.run(
      () => closeSync(this.file),
      () => closeFile(this.file),
    );
    this.end();
    return blobName(this.home.name, found);
  }

  async discard(): Promise<void> {
    if (this.isEnded) return;
    await this.earlySync;
    if (!this.isClosed) await closeFile(this.file).catch(() => undefined);
    await unlink(this.home.path).catch(() => undefined);
    this.end();
  }

  private syncEarly(): void {
    if (this.earlySync) return;
    this.unsyncedBytes = 0;
    this.earlySync = withRoomErrors(() => syncFile(this.file))
      .catch((error: unknown) => (this.syncFailure = error))
      .then(() => (this.earlySync = undefined));
  }

  private end(): void {
    this.isEnded = true;
    this.home.onEnded();
  }
}
