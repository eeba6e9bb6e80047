import { dirname, join } from 'node:path';
import { Clock } from '#libs/clock';
import type { Database } from '../database/index.js';
import type { Actor } from '../http/index.js';
import type { AuditCopies } from '../audit/index.js';
import { version } from '../version.js';
import type { Backup, Contents, Drill, Manifest, Trigger } from './backup.js';
import { schemaVersion } from './backup.js';
import type { BackupEngine } from './backup-engine.js';
import type { BackupFolder } from './backup-folder.js';
import { noRoom } from './backup.errors.js';
import type { Driller } from './driller.js';
import { compress, digestOf, freeBytes, RESERVE_BYTES, sync } from './files.js';

/** Room for the dump, its compressed form and the scratch of its drill, each at most as large as the database. */
const COPIES_MAX = 3;

export interface BackupWish {
  readonly trigger: Trigger;
  readonly actor: Actor;
  readonly compress: boolean;
  /** Where to put it instead of the folder of backups. */
  readonly path?: string;
}

/** Makes backups: dump, check, drill, name, record. */
export class BackupMaker {
  constructor(
    private readonly engine: BackupEngine,
    private readonly folder: BackupFolder,
    private readonly driller: Driller,
    private readonly audit: AuditCopies,
    private readonly clock: Clock,
  ) {}

  /** @throws DomainError when it cannot be made; then there is none. */
  async make(database: Database, wish: BackupWish): Promise<Backup> {
    const startedAtMs = this.clock.now();
    const startMs = this.clock.monotonicMs();
    if (wish.path !== undefined) await this.folder.requireFree(wish.path);
    const beside = wish.path === undefined ? this.folder.path : dirname(wish.path);
    return this.folder.draft(async (draft) => {
      await this.requireRoom(draft);
      const extension = this.engine.extension + (wish.compress && this.engine.extension !== 'dump' ? '.gz' : '');
      const dump = join(draft, `made.${this.engine.extension}`);
      const file = join(draft, `made.${extension}`);
      const contents = await this.engine.dump(dump);
      if (file !== dump) await compress(dump, file);
      await sync(file);
      const facts = {
        ...contents,
        ...(await digestOf(file)),
        checkpoint: (await this.vouch(database, contents)) ?? null,
        drill: await this.drill(wish, file, draft, contents),
      };
      const manifestOf = (name: string): Manifest => ({
        format: 1,
        file: name,
        database: this.engine.database,
        trigger: wish.trigger,
        createdAtMs: startedAtMs,
        durationMs: Math.round(this.clock.monotonicMs() - startMs),
        serverVersion: version,
        compressed: extension !== this.engine.extension || extension === 'dump',
        ...facts,
      });
      const stem = `jobs_backup_${stamp(startedAtMs)}`;
      const backup = await this.folder.publish(file, manifestOf, { stem, extension, path: wish.path });
      await this.record(database, backup, wish);
      return backup;
    }, beside);
  }

  /** @throws DomainError backup_no_room. */
  async requireRoom(folder: string): Promise<void> {
    const { bytes } = await this.engine.info();
    const needed = bytes * COPIES_MAX + RESERVE_BYTES;
    const free = await freeBytes(folder);
    if (free < needed) throw noRoom(this.folder.path, needed, free);
  }

  private vouch(database: Database, { audit }: Contents): ReturnType<ReturnType<AuditCopies['in']>['vouchFor']> {
    return audit.sequence === 0 ? Promise.resolve(undefined) : this.audit.in(database).vouchFor(audit.sequence);
  }

  /** What was packed is unpacked again: the file that is kept is the one that is proved. */
  private async drill(wish: BackupWish, file: string, draft: string, contents: Contents): Promise<Drill> {
    // A restore is waiting, and everybody with it.
    if (wish.trigger === 'safety')
      return {
        status: 'not drilled',
        reason: 'made in a hurry, before a restore',
        atMs: this.clock.now(),
        durationMs: 0,
      };
    const packed = { id: file, path: file, bytes: 0, modifiedAtMs: 0, manifest: undefined };
    const dump = await this.driller.unpack(packed, draft);
    return this.driller.drill('that was just made', dump, draft, contents);
  }

  /** No record, no backup. What a restore keeps is told by the record of the restore: this database is about to go. */
  private async record(database: Database, backup: Backup, { actor, trigger }: BackupWish): Promise<void> {
    if (trigger === 'safety' || !backup.manifest) return;
    const { bytes, sha256, drill, audit } = backup.manifest;
    try {
      await this.audit.in(database).record({
        type: 'backup.created',
        actor,
        targetType: 'backup',
        targetId: backup.id,
        details: {
          trigger, bytes, sha256, drill: drill.status, audit_sequence: audit.sequence,
          schema_version: schemaVersion(backup.manifest),
        },
      }); // prettier-ignore
    } catch (error) {
      await this.folder.remove(backup);
      throw error;
    }
  }
}

/** `YYYYMMDD_HHMMSS`, in UTC, so that no hour of the year comes twice. */
function stamp(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_');
}
