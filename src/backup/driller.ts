import { join } from 'node:path';
import { Clock } from '#libs/clock';
import type { Backup, Contents, Drill } from './backup.js';
import { difference } from './backup.js';
import { BackupEngine, discard, NoScratch, type Scratch } from './backup-engine.js';
import { damaged } from './backup.errors.js';
import { unrestorable } from './circumstances.js';
import { decompress, digestOf, freeBytes, RESERVE_BYTES } from './files.js';

/** Proves backups by restoring them to a scratch place. */
export class Driller {
  constructor(
    private readonly engine: BackupEngine,
    private readonly clock: Clock,
  ) {}

  /**
   * The dump inside a backup, checked against its manifest, where it has one.
   * @throws DomainError backup_damaged, or what stands in the way of reading it.
   */
  async unpack({ id, path, manifest }: Backup, folder: string): Promise<string> {
    if (manifest) {
      const { bytes, sha256 } = await digestOf(path).catch((error: unknown) => {
        throw unrestorable(id, error);
      });
      if (bytes !== manifest.bytes) throw damaged(id, `it has ${bytes} bytes, expected ${manifest.bytes}`);
      if (sha256 !== manifest.sha256) throw damaged(id, 'its checksum is another one');
    }
    if (!id.endsWith('.gz')) return path;
    const plain = join(folder, 'unpacked');
    // A small file may unpack to more than any disk holds; the records must be able to grow meanwhile.
    const bytesMax = Math.max(0, (await freeBytes(folder)) - RESERVE_BYTES);
    await decompress(path, plain, bytesMax).catch((error: unknown) => {
      throw unrestorable(id, new Error('it cannot be decompressed', { cause: error }));
    });
    return plain;
  }

  /**
   * Restores a dump to scratch, where it must hold what is expected.
   * @throws DomainError backup_damaged, or what stood in the way of trying it.
   */
  async drill(id: string, dump: string, folder: string, expected: Contents | undefined): Promise<Drill> {
    const atMs = this.clock.now();
    const startMs = this.clock.monotonicMs();
    const drill = (status: Drill['status'], reason: string | null): Drill => {
      return { status, reason, atMs, durationMs: Math.round(this.clock.monotonicMs() - startMs) };
    };
    try {
      const { scratch } = await this.restore(id, dump, folder, expected);
      await discard(scratch);
    } catch (error) {
      if (error instanceof NoScratch) return drill('not drilled', error.message);
      throw error;
    }
    return drill('passed', null);
  }

  /**
   * The same, but the scratch stays, for the caller to discard.
   * @throws NoScratch where there can be none. @throws DomainError backup_damaged, or what stood in the way of trying it.
   */
  async restore(
    id: string,
    dump: string,
    folder: string,
    expected: Contents | undefined,
  ): Promise<{ readonly scratch: Scratch; readonly contents: Contents }> {
    const scratch = await this.engine.restoreToScratch(dump, folder).catch((error: unknown) => {
      throw unrestorable(id, error);
    });
    try {
      const contents = await scratch.examine().catch((error: unknown) => {
        throw unrestorable(id, error);
      });
      const problem = expected && difference(expected, contents);
      if (problem !== undefined) throw damaged(id, problem);
      return { scratch, contents };
    } catch (error) {
      await discard(scratch);
      throw error;
    }
  }
}
