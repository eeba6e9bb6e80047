import { getLogger } from '#libs/log';
import type { Clock } from '#libs/clock';
import type { AuditCopies } from '../audit/index.js';
import type { Database } from '../database/index.js';
import { DomainError, type Actor } from '../http/index.js';
import type { Backup, DatabaseInfo } from './backup.js';
import { createdAtMs } from './backup.js';
import type { BackupEngine } from './backup-engine.js';
import type { BackupFolder } from './backup-folder.js';
import type { BackupMaker, BackupWish } from './backup-maker.js';
import { BackupStateRepository } from './backup-state.repository.js';
import { busy, lastGood, ranFull } from './backup.errors.js';
import { isDiskFull } from './circumstances.js';
import type { Restoration, Restorer, RestoreWish } from './restorer.js';
import type { Turn, Turns } from './turns.js';
import type { Verification, Verifier } from './verifier.js';

const DAY_MS = 86_400_000;
/** How long somebody waits for other processes to finish what they do with the backups. */
const WAIT_MS = 30_000;

const log = getLogger('backup');

/** Who acts when a program calls without saying so. */
const program: Actor = { id: 'program', userId: null, address: null };

/** The parts that a BackupService works with; put together by `createBackups`. */
export interface BackupParts {
  readonly engine: BackupEngine;
  readonly folder: BackupFolder;
  readonly verifier: Verifier;
  readonly maker: BackupMaker;
  readonly restorer: Restorer;
  readonly audit: AuditCopies;
  readonly clock: Clock;
  readonly turns: Turns;
  readonly retentionDays: number;
}

/** Backups of the records: made, listed, proved, restored and given up. One thing at a time, in all processes together. */
export class BackupService {
  private underWay: string | undefined;

  constructor(
    private readonly parts: BackupParts,
    /** Undefined where the records cannot be opened: then a restore is all that can be done. */
    private readonly database: Database | undefined,
    private readonly state: BackupStateRepository | undefined,
  ) {}

  get folderPath(): string {
    return this.parts.folder.path;
  }

  /** Makes a backup, in the folder of backups or at `path`, and returns where it is (JobStore.backup of the guide). */
  async backup(path?: string): Promise<string> {
    return (await this.create({ trigger: 'manual', actor: program, compress: false, path })).path;
  }

  /** Newest first. */
  listBackups(): Promise<Backup[]> {
    return this.parts.folder.list();
  }

  /**
   * When the last backup that was made and proved began, whichever process of the installation made it; an instant in
   * milliseconds, undefined while there is none.
   */
  async lastSuccessAtMs(): Promise<number | undefined> {
    const { lastSuccessAtMs = 0 } = (await this.state?.read()) ?? {};
    return lastSuccessAtMs === 0 ? undefined : lastSuccessAtMs;
  }

  /** The guide's `get_database_info`. */
  async getDatabaseInfo(): Promise<{ path: string; size_mb: number; job_count: number; schema_version: string }> {
    const { path, bytes, jobCount, schemaVersion } = await this.info();
    return {
      path,
      size_mb: Math.round((bytes / 1024 ** 2) * 100) / 100,
      job_count: jobCount,
      schema_version: schemaVersion,
    };
  }

  info(): Promise<DatabaseInfo> {
    return this.parts.engine.info();
  }

  /** @throws DomainError when it cannot be made; then there is none. */
  create(wish: BackupWish): Promise<Backup> {
    return this.alone('A backup', () => this.make(wish));
  }

  /**
   * The same for one who must look first, in its turn, whether somebody else has made it: `isDue` and `done` happen in one turn.
   * Waits for nobody. Undefined when it was not due. @throws DomainError backup_busy.
   */
  createIf(isDue: () => Promise<boolean>, wish: BackupWish, done: () => Promise<void>): Promise<Backup | undefined> {
    const work = async (): Promise<Backup | undefined> => {
      if (!(await isDue())) return undefined;
      const backup = await this.make(wish);
      await done();
      return backup;
    };
    return this.alone('A backup', work, 0);
  }

  /** A backup by its id. @throws DomainError not_found. */
  find(id: string): Promise<Backup> {
    return this.parts.folder.find(id);
  }

  /** A backup by its id, or the path of its file anywhere. @throws DomainError not_found. */
  locate(path: string): Promise<Backup> {
    return this.parts.folder.at(path);
  }

  /**
   * Restores a backup to scratch and compares it with its manifest.
   * @throws DomainError backup_damaged, or backup_foreign for a dump that this installation has not written.
   */
  verify(backup: Backup): Promise<Verification> {
    return this.alone('The verification of a backup', () => this.parts.verifier.verify(backup));
  }

  /** Replaces the records by those of a backup: the path of its file, or its id (JobStore.restore of the guide). */
  async restore(path: string, wish: RestoreWish = { actor: program }): Promise<Restoration> {
    const backup = await this.locate(path);
    return this.alone('A restore', () => this.parts.restorer.restore(this.database, backup, wish));
  }

  /** @throws DomainError backup_last_good. */
  remove(id: string, actor: Actor): Promise<void> {
    return this.alone('The deletion of a backup', async (turn) => {
      const backup = await this.find(id);
      const good = await this.good();
      if (good.length === 1 && good[0]?.id === id) throw lastGood(id);
      await this.drop(backup, turn, { actor, reason: 'manual' });
    });
  }

  /** Gives up backups of this server that are older than the retention, but never the last good one. Returns their ids. */
  prune(actor: Actor): Promise<string[]> {
    return this.alone('The deletion of old backups', async (turn) => {
      const beforeMs = this.parts.clock.now() - this.parts.retentionDays * DAY_MS;
      const [newestGood] = await this.good();
      const backups = (await this.listBackups()).filter(({ manifest }) => manifest);
      const old = backups.filter((backup) => createdAtMs(backup) < beforeMs && backup.id !== newestGood?.id);
      for (const backup of old) await this.drop(backup, turn, { actor, reason: 'retention' });
      return old.map(({ id }) => id);
    });
  }

  /** Those that the records could be restored from, newest first: ours, whole, and not found damaged since they were made. */
  private async good(): Promise<Backup[]> {
    const backups = (await this.listBackups()).filter(isWhole);
    const seals = await Promise.all(backups.map((backup) => this.parts.folder.isSealed(backup)));
    return backups.filter((_, index) => seals[index]);
  }

  private async make(wish: BackupWish): Promise<Backup> {
    try {
      const backup = await this.parts.maker.make(this.records(), wish);
      await this.note((state) => state.succeeded(createdAtMs(backup)));
      log.info('A backup was made', { backup: backup.id, bytes: backup.bytes, trigger: wish.trigger });
      return backup;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      await this.note((state) => state.failed(this.parts.clock.now(), reason));
      throw error;
    }
  }

  private async drop(
    backup: Backup,
    turn: Turn,
    { actor, reason }: { readonly actor: Actor; readonly reason: string },
  ): Promise<void> {
    await turn.confirm();
    const details = { reason, sha256: backup.manifest?.sha256 ?? null };
    const event = { type: 'backup.deleted' as const, actor, targetType: 'backup', targetId: backup.id, details };
    // The file goes last: what is gone was recorded.
    if (this.database) await this.parts.audit.in(this.database).record(event);
    await this.parts.folder.remove(backup);
  }

  private records(): Database {
    if (!this.database) throw new Error('The records cannot be opened');
    return this.database;
  }

  private async note(change: (state: BackupStateRepository) => Promise<void>): Promise<void> {
    if (!this.state) return;
    await change(this.state).catch((error: unknown) => log.warning('The state of backups was not noted', { error }));
  }

  private async alone<T>(what: string, work: (turn: Turn) => Promise<T>, waitMs = WAIT_MS): Promise<T> {
    if (this.underWay !== undefined) throw busy(this.underWay);
    this.underWay = what;
    try {
      return await this.parts.turns.take(waitMs, work);
    } catch (error) {
      throw blamingTheDisk(error, this.folderPath);
    } finally {
      this.underWay = undefined;
    }
  }
}

function blamingTheDisk(error: unknown, folder: string): unknown {
  return !(error instanceof DomainError) && isDiskFull(error) ? ranFull(folder, error) : error;
}

/** What a restore keeps is no backup of its own: nobody proved it, and it may hold what was wrong. */
function isWhole({ manifest, bytes }: Backup): boolean {
  return manifest?.bytes === bytes && manifest.drill.status !== 'failed' && manifest.trigger !== 'safety';
}
