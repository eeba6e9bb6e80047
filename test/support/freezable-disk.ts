import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requireBinary } from './servers/binaries.js';

const IMAGE_BYTES = 64 * 1024 * 1024;

/** A file system of its own (ext4 in a file) that can be frozen, and taken away from the folder where it is mounted. */
export class FreezableDisk {
  private isFrozen = false;

  private constructor(
    private readonly folder: string,
    private readonly target: string,
  ) {}

  /** At a folder that is there. */
  static mount(target: string): FreezableDisk {
    const folder = mkdtempSync(join(tmpdir(), 'simpletuner-freezable-disk-'));
    const image = join(folder, 'image');
    const file = openSync(image, 'w');
    ftruncateSync(file, IMAGE_BYTES);
    closeSync(file);
    const disk = new FreezableDisk(folder, target);
    mkdirSync(disk.whole);
    try {
      execFileSync(requireBinary('mkfs.ext4', 'e2fsprogs'), ['-q', image]);
      execFileSync('mount', ['-o', 'loop', image, disk.whole], { stdio: 'pipe' });
    } catch (error) {
      rmSync(folder, { recursive: true });
      throw new Error(
        'This suite needs a disk that can be frozen, so it mounts one from a file, which only root may do, and only with loop devices: run it with sudo, or in a container with CAP_SYS_ADMIN and /dev/loop*.',
        { cause: error },
      );
    }
    disk.attach();
    return disk;
  }

  /** Whoever writes waits from now on, and cannot even be killed; whoever reads does not. */
  freeze(): void {
    execFileSync(requireBinary('fsfreeze', 'util-linux'), ['--freeze', this.whole]);
    this.isFrozen = true;
  }

  thaw(): void {
    if (!this.isFrozen) return;
    execFileSync(requireBinary('fsfreeze', 'util-linux'), ['--unfreeze', this.whole], { stdio: 'pipe' });
    this.isFrozen = false;
  }

  /** Leaves an empty folder where the disk was. */
  detach(): void {
    execFileSync('umount', ['-l', this.target]);
  }

  attach(): void {
    execFileSync('mount', ['--bind', this.whole, this.target]);
  }

  unmount(): void {
    this.detach();
    execFileSync('umount', ['-l', this.whole]);
    rmSync(this.folder, { recursive: true });
  }

  private get whole(): string {
    return join(this.folder, 'whole');
  }
}
