import type { AuditCopies, AuditEvent } from '../../audit/index.js';
import { createDataSource, Database, migrate, unknownMigrations, type Schema } from '../../database/index.js';
import { EventEntity } from '../../events/index.js';
import { BackupStateEntity } from '../backup-state.entity.js';
import { ServerProcessEntity } from '../server-process.entity.js';

/** What of the live records goes on although they are replaced. */
export interface Continuity {
  /** Numbers of events never come again: readers ask for those after the last one they saw. */
  readonly lastEventSequence: number;
  /** The schedule does not make up for what was done already. */
  readonly backups: BackupStateEntity | null;
}

export async function continuityOf(database: Database): Promise<Continuity> {
  return database.run(async (manager) => {
    const [last] = await manager.find(EventEntity, { order: { sequence: 'DESC' }, take: 1 });
    const backups = await manager.findOneBy(BackupStateEntity, { id: 1 });
    return { lastEventSequence: last?.sequence ?? 0, backups };
  });
}

/** A restored copy of the records on its way to become the live ones. */
export class Stage {
  private constructor(
    private readonly source: ReturnType<typeof createDataSource>,
    private readonly databaseUrl: string,
    readonly database: Database,
  ) {}

  static async open(databaseUrl: string, schema: Schema): Promise<Stage> {
    const source = await createDataSource({ databaseUrl, databasePoolSize: 2 }, schema).initialize();
    return new Stage(source, databaseUrl, new Database(source, databaseUrl));
  }

  /** Names of migrations that this server does not know. */
  unknownMigrations(): Promise<string[]> {
    return unknownMigrations(this.source);
  }

  /** Brings the copy to the schema of this server; returns what was applied. */
  migrate(): Promise<string[]> {
    return migrate(this.source, this.databaseUrl);
  }

  /** Writes into the copy what must come with it: its own record, and what goes on. */
  async prepare(
    audit: AuditCopies,
    event: AuditEvent,
    continuity: Continuity | undefined,
    nowMs: number,
  ): Promise<void> {
    await this.database.transaction(async (manager) => {
      await audit.in(this.database).record(event);
      await manager.clear(ServerProcessEntity);
      if (continuity?.backups) await manager.save(BackupStateEntity, continuity.backups);
      await this.announce(event, (continuity?.lastEventSequence ?? 0) + 1, nowMs);
    });
  }

  /** Closing twice is harmless. */
  async close(): Promise<void> {
    if (this.source.isInitialized) await this.source.destroy();
  }

  /** Tells whoever listens, with the number from which all later ones go on. */
  private async announce(event: AuditEvent, least: number, nowMs: number): Promise<void> {
    await this.database.run(async (manager) => {
      const [last] = await manager.find(EventEntity, { order: { sequence: 'DESC' }, take: 1 });
      const sequence = Math.max(least, (last?.sequence ?? 0) + 1);
      const payload = { kind: 'backup_restored', backup: event.targetId };
      // There a number is always the next of its sequence; elsewhere the next ones follow the one that is given.
      if (this.database.dialect.name === 'postgres')
        await manager.query(`SELECT setval(pg_get_serial_sequence('events', 'sequence'), ${sequence}, false)`);
      await manager.insert(EventEntity, { sequence, type: 'notification', userId: null, payload, createdAtMs: nowMs });
    });
  }
}
