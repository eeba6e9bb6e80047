import type { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import { DomainError } from '../http/index.js';
import type { Backup, Drill } from './backup.js';
import type { BackupFolder } from './backup-folder.js';
import type { BackupMaker } from './backup-maker.js';
import type { Driller } from './driller.js';
import type { Origin } from './origin.js';

const log = getLogger('backup');

export interface Verification {
  readonly backup: Backup;
  readonly drill: Drill;
}

/** Proves backups that were made before, and notes in their manifests what came of it. */
export class Verifier {
  constructor(
    private readonly folder: BackupFolder,
    private readonly tools: { readonly origin: Origin; readonly driller: Driller; readonly maker: BackupMaker },
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError backup_damaged, or backup_foreign for a dump that this installation has not written. */
  verify(backup: Backup): Promise<Verification> {
    return this.folder.draft(async (draft) => {
      await this.tools.origin.requireHarmless(backup);
      await this.tools.maker.requireRoom(draft);
      const drill = await this.drill(backup, draft);
      await this.note(backup, drill);
      return { backup: await this.folder.at(backup.path), drill };
    });
  }

  private async drill(backup: Backup, draft: string): Promise<Drill> {
    const atMs = this.clock.now();
    const startMs = this.clock.monotonicMs();
    try {
      const dump = await this.tools.driller.unpack(backup, draft);
      return await this.tools.driller.drill(backup.id, dump, draft, backup.manifest);
    } catch (error) {
      if (error instanceof DomainError && error.code === 'backup_damaged') {
        const durationMs = Math.round(this.clock.monotonicMs() - startMs);
        await this.note(backup, { status: 'failed', reason: error.message, atMs, durationMs }).catch(
          (failure: unknown) => log.error('A damaged backup was not marked', { backup: backup.id, error: failure }),
        );
      }
      throw error;
    }
  }

  private async note(backup: Backup, drill: Drill): Promise<void> {
    // A manifest that somebody has changed must not be sealed as if it were ours.
    if (backup.manifest && (await this.folder.isSealed(backup)))
      await this.folder.update(backup, { ...backup.manifest, drill });
  }
}
