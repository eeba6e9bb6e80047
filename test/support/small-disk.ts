import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const PIECE_BYTES = 4_096;

/** A folder on a file system of its own (tmpfs) that can really be full. */
export class SmallDisk {
  private constructor(readonly path: string) {}

  /** At a new folder, or at one that is there. */
  static mount(mebibytes: number, path = mkdtempSync(join(tmpdir(), 'simpletuner-small-disk-'))): SmallDisk {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', path], { stdio: 'pipe' });
    } catch (error) {
      rmSync(path, { recursive: true });
      throw new Error(
        'This suite needs a disk that is really full, so it mounts a small tmpfs, which only root may do: run it with sudo, or in a container with CAP_SYS_ADMIN.',
        { cause: error },
      );
    }
    return new SmallDisk(path);
  }

  /** Takes all the room that is left, to the last byte. */
  fill(): void {
    const file = openSync(join(this.path, 'ballast'), 'w');
    try {
      for (const piece = Buffer.alloc(PIECE_BYTES); ;) writeSync(file, piece);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(join(this.path, 'ballast'));
  }

  /** What a file system does by itself when it finds that it is damaged. */
  makeReadOnly(isReadOnly = true): void {
    execFileSync('mount', ['-o', `remount,${isReadOnly ? 'ro' : 'rw'}`, this.path]);
  }

  unmount(): void {
    execFileSync('umount', ['-l', this.path]);
    rmSync(this.path, { recursive: true });
  }
}
