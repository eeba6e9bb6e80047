import { constants } from 'node:fs';
import { open, unlink, type FileHandle } from 'node:fs/promises';
import type { Draft } from '../byte-store.js';
import { withRoomErrors } from '../disk-guard.js';
import { blobName } from './blob-name.js';

const FILE_MODE = 0o600;
/** After so many bytes the disk begins to work, so that making a large object durable does not begin at its end. */
const EARLY_SYNC_BYTES = 32 * 1024 * 1024;

/** What a draft needs of its store. */
export interface DraftHome {
  readonly name: string;
  readonly path: string;
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
  private unsyncedBytes = 0;
  private earlySync: Promise<void> | undefined;
  private syncFailure: unknown;

  private constructor(
    private readonly home: DraftHome,
    private readonly file: FileHandle,
  ) {}

  static async create(home: DraftHome): Promise<LocalDraft> {
    const flags = constants.O_CREAT | constants.O_EXCL | constants.O_RDWR | constants.O_NOFOLLOW;
    return new LocalDraft(home, await withRoomErrors(open(home.path, flags, FILE_MODE)));
  }

  async write(bytes: Buffer, offset: number): Promise<void> {
    await this.home.admit(bytes.length);
    for (let written = 0; written < bytes.length;) {
      const { bytesWritten } = await withRoomErrors(
        this.file.write(bytes, written, bytes.length - written, offset + written),
      );
      written += bytesWritten;
    }
    this.unsyncedBytes += bytes.length;
    if (this.unsyncedBytes >= EARLY_SYNC_BYTES) this.syncEarly();
  }

  async seal(): Promise<string> {
    await this.earlySync;
    // The system tells a failed write of its cache once; asking again would be answered with success.
    if (this.syncFailure !== undefined) throw this.syncFailure as Error;
    await withRoomErrors(this.file.datasync());
    const [found] = await Promise.all([this.file.stat({ bigint: true }), this.home.syncFolder()]);
    await this.file.close();
    this.end();
    return blobName(this.home.name, found);
  }

  async discard(): Promise<void> {
    if (this.isEnded) return;
    await this.earlySync;
    await this.file.close().catch(() => undefined);
    await unlink(this.home.path).catch(() => undefined);
    this.end();
  }

  private syncEarly(): void {
    if (this.earlySync) return;
    this.unsyncedBytes = 0;
    this.earlySync = withRoomErrors(this.file.datasync())
      .catch((error: unknown) => (this.syncFailure = error))
      .then(() => (this.earlySync = undefined));
  }

  private end(): void {
    this.isEnded = true;
    this.home.onEnded();
  }
}
