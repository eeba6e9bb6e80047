import type { Backup } from './backup.js';
import type { BackupEngine } from './backup-engine.js';
import type { BackupFolder } from './backup-folder.js';
import { foreign } from './backup.errors.js';

/** Judges by its manifest where a backup comes from, before anything is done with it. */
export class Origin {
  constructor(
    private readonly engine: BackupEngine,
    private readonly folder: BackupFolder,
  ) {}

  /**
   * Lets through what may be restored to scratch. A dump is a program in SQL, which can reach the live records and the shell: it
   * runs only when this installation has written it, or, with `acceptsOtherKey`, when somebody vouches for its manifest. A file
   * of SQLite runs nothing.
   * @throws DomainError backup_foreign.
   */
  async requireHarmless(backup: Backup, acceptsOtherKey = false): Promise<void> {
    const { manifest, id } = backup;
    if (manifest && manifest.database !== this.engine.database)
      throw foreign(id, `it is of ${manifest.database}, and the database is ${this.engine.database}`);
    if (this.engine.database === 'sqlite') return;
    if (!manifest) throw foreign(id, 'it has no manifest beside it');
    if (!acceptsOtherKey) await this.requireSeal(backup);
  }

  /** Lets through what has no manifest, or one that is ours and unchanged. @throws DomainError backup_foreign. */
  async requireSeal(backup: Backup): Promise<void> {
    if (backup.manifest && !(await this.folder.isSealed(backup)))
      throw foreign(backup.id, 'its manifest was changed, or sealed with another master key (SIMPLETUNER_SECRET_KEY)');
  }
}
