import { constants, mkdirSync, renameSync } from 'node:fs';
import { access, lstat, readdir, rename, unlink, utimes } from 'node:fs/promises';
import type { Clock } from '#libs/clock';
import { newId, newRandomId } from '#libs/ids';
import type { HashPool } from '#libs/s3';
import { ByteStore, type Draft, type LeftDraft, type MovedBlob, type OpenBlob } from '../byte-store.js';
import type { DiskGuard } from '../disk-guard.js';
import type { ObjectAddress } from '../object.js';
import { blobName, parseBlobName, type BlobName } from './blob-name.js';
import { FolderSync } from './folder-sync.js';
import { LocalBlob } from './local-blob.js';
import { LocalDraft } from './local-draft.js';
import { LocalLayout } from './local-layout.js';
import { placedFiles } from './placed-files.js';
import { PromptFiles } from './prompt-files.js';
import { areFolders, makeFolders, NotAFolderError, removeEmptyFolders } from './safe-folders.js';

/** How often a folder may vanish, emptied by a delete, between its making and its use. */
const PLACE_ATTEMPTS_MAX = 20;
/** A folder stands where the file should go, or the name or path is too long for this file system. */
const CANNOT_HOLD = new Set(['EISDIR', 'ENOTDIR', 'EEXIST', 'ENOTEMPTY', 'ENAMETOOLONG', 'EINVAL', 'EILSEQ']);

/**
 * Objects as files under one root: `{root}/{job_id}/{key}`. A version is one file from its first byte to its removal, and
 * is known by its inode and the time of its last write, so a reader can tell whether the file at an address is the version that the index names.
 * Several processes may write a root: the publisher lets one of them move files of a job at a time.
 */
export class LocalByteStore extends ByteStore {
  override readonly movesBlobs = true;
  private readonly layout: LocalLayout;
  private readonly draftFolder: FolderSync;
  private readonly active = new Set<string>();
  /** Looking at what is there … */
  private readonly files: PromptFiles;
  /** … and changing it, which may have to wait for the journal of the file system when looking does not. */
  private readonly changes: PromptFiles;

  constructor(
    root: string,
    private readonly guard: DiskGuard,
    private readonly pool: HashPool,
    clock: Clock,
  ) {
    super();
    this.layout = new LocalLayout(root);
    this.draftFolder = new FolderSync(this.layout.drafts);
    mkdirSync(this.layout.drafts, { recursive: true, mode: 0o700 });
    this.files = PromptFiles.in(root, clock);
    this.changes = PromptFiles.in(root, clock);
  }

  override admit(bytes: number): Promise<void> {
    return this.guard.admit(bytes);
  }

  override createDraft(): Promise<Draft> {
    const name = newRandomId();
    this.active.add(name);
    const draft = new LocalDraft({
      name,
      files: this.files,
      changes: this.changes,
      pool: this.pool,
      admit: (bytes) => this.guard.admit(bytes),
      path: this.layout.draft(name),
      syncFolder: () => this.draftFolder.sync(),
      onEnded: () => this.active.delete(name),
    });
    return Promise.resolve(draft);
  }

  override async place(address: ObjectAddress, blob: string): Promise<void> {
    const draft = this.layout.draft(parseBlobName(blob).draft);
    const plain = this.layout.plain(address);
    if (plain && (await this.moveTo(draft, plain))) return;
    if (await this.moveTo(draft, this.layout.escaped(address))) return;
    throw new Error('A name that is free of collisions could not be taken');
  }

  override async open(blob: string, address: ObjectAddress | undefined): Promise<OpenBlob | undefined> {
    const { draft, matches } = parseBlobName(blob);
    for (const path of this.candidates(draft, address)) {
      const opened = await LocalBlob.open(path, matches, draft, this.files);
      if (opened) return opened;
    }
    return undefined;
  }

  override async openMoved(address: ObjectAddress, bytes?: number): Promise<MovedBlob | undefined> {
    for (const segments of this.places(address)) {
      if (!(await areFolders(this.layout.root, segments.slice(0, -1)))) continue;
      const isRight = ({ size }: { size: bigint }): boolean => bytes === undefined || size === BigInt(bytes);
      const opened = await LocalBlob.open(this.layout.path(segments), isRight, newId(), this.files);
      if (opened) return opened;
    }
    return undefined;
  }

  override placed(): AsyncIterable<ObjectAddress> {
    return placedFiles(this.layout);
  }

  override async remove(blob: string, address: ObjectAddress | undefined): Promise<void> {
    const { draft, matches } = parseBlobName(blob);
    if (await removeFile(this.layout.draft(draft), matches)) return;
    for (const segments of address ? this.places(address) : []) {
      if (!(await removeFile(this.layout.path(segments), matches))) continue;
      await removeEmptyFolders(this.layout.root, segments.slice(0, -1));
      return;
    }
    // Of a disk that is not mounted nothing is gone.
    await access(this.layout.drafts);
  }

  override async condition(): Promise<{ isRoomy: boolean; message: string }> {
    await this.changes.tryOut(() => this.files.tryOut(() => tryToWrite(this.layout.drafts)));
    const { freeBytes, floorBytes } = await this.guard.space();
    const gib = (freeBytes / 1024 ** 3).toFixed(1);
    const isRoomy = freeBytes >= floorBytes;
    return { isRoomy, message: isRoomy ? `${gib} GiB free` : `Only ${gib} GiB free: uploads are told to slow down` };
  }

  override async *leftDrafts(): AsyncGenerator<LeftDraft, undefined> {
    for (const name of await readdir(this.layout.drafts)) {
      if (this.active.has(name) || !/^[0-9a-f-]{36}$/.test(name)) continue;
      const found = await lstat(this.layout.draft(name), { bigint: true }).catch(() => undefined);
      if (found?.isFile()) yield { blob: blobName(name, found), modifiedAtMs: Number(found.mtimeMs) };
    }
    return undefined;
  }

  /** An object that was published is moved out of the drafts, so nothing among them is anybody's last. */
  override addressOf(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** Drafts that were cut off are told as left. */
  override giveUpDrafts(): Promise<void> {
    return Promise.resolve();
  }

  /** Moves a draft to its place. False when the file system cannot hold it there. */
  private async moveTo(draft: string, segments: readonly string[]): Promise<boolean> {
    for (let attempt = 1; attempt <= PLACE_ATTEMPTS_MAX; attempt += 1) {
      try {
        await makeFolders(this.layout.root, segments.slice(0, -1), this.files);
        const path = this.layout.path(segments);
        await this.changes.run(
          () => renameSync(draft, path),
          () => rename(draft, path),
        );
        return true;
      } catch (error) {
        if (error instanceof NotAFolderError) return false;
        const { code } = error as NodeJS.ErrnoException;
        if (code !== undefined && CANNOT_HOLD.has(code)) return false;
        if (code !== 'ENOENT') throw error;
        // Placed already, or a folder on the way was removed because it had become empty.
        if (!(await lstat(draft).catch(() => undefined))) return true;
      }
    }
    return false;
  }

  private places(address: ObjectAddress): string[][] {
    const plain = this.layout.plain(address);
    const escaped = this.layout.escaped(address);
    return plain ? [plain, escaped] : [escaped];
  }

  private candidates(draft: string, address: ObjectAddress | undefined): string[] {
    const placed = address ? this.places(address).map((segments) => this.layout.path(segments)) : [];
    return [...placed, this.layout.draft(draft)];
  }
}

/** Changes nothing but the time of a folder, for which there is room on a full disk; a frozen one does not answer. */
async function tryToWrite(folder: string): Promise<void> {
  await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  const { atime, mtime } = await lstat(folder);
  await utimes(folder, atime, mtime).catch((error: unknown) => {
    // In a folder of somebody else's we may write all the same.
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error;
  });
}

/** Removes the file at `path` if it is the right one. */
async function removeFile(path: string, isRight: BlobName['matches']): Promise<boolean> {
  const found = await lstat(path, { bigint: true }).catch(() => undefined);
  if (!found?.isFile() || !isRight(found)) return false;
  await unlink(path);
  return true;
}
