import { statfs } from 'node:fs/promises';
import type { Clock } from '#libs/clock';
import { S3Error } from '#libs/s3';

/** How old a look at the disk may be. */
const LOOK_MS = 250;
const FLOOR_BYTES = 1024 ** 3;
/** Of a small disk the floor is this share. */
const FLOOR_SHARE = 0.05;

export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** Below this much free space nothing new is taken in. */
  readonly floorBytes: number;
}

/** Keeps a volume from being filled: the database lives on it too. */
export class DiskGuard {
  private look: { readonly atMs: number; readonly space: Promise<DiskSpace> } | undefined;

  constructor(
    private readonly folder: string,
    private readonly floorBytes: number | undefined,
    private readonly clock: Clock,
  ) {}

  /** @throws S3Error SlowDown when `bytes` more would leave less than the floor. */
  async admit(bytes: number): Promise<void> {
    const { freeBytes, floorBytes } = await this.space();
    if (freeBytes - bytes < floorBytes) throw noRoom();
  }

  space(): Promise<DiskSpace> {
    const nowMs = this.clock.monotonicMs();
    if (!this.look || nowMs - this.look.atMs >= LOOK_MS) this.look = { atMs: nowMs, space: this.measure() };
    return this.look.space;
  }

  private async measure(): Promise<DiskSpace> {
    const { bavail, blocks, bsize } = await statfs(this.folder);
    const totalBytes = blocks * bsize;
    const floorBytes = this.floorBytes ?? Math.min(FLOOR_BYTES, totalBytes * FLOOR_SHARE);
    return { freeBytes: bavail * bsize, totalBytes, floorBytes };
  }
}

export function noRoom(): S3Error {
  return new S3Error(
    'SlowDown',
    'The server has no room for this object at the moment. Please reduce your request rate.',
  );
}

/** Turns the file system's "full" into SlowDown; anything else stays what it is. */
export async function withRoomErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw code === 'ENOSPC' || code === 'EDQUOT' ? noRoom() : error;
  }
}
