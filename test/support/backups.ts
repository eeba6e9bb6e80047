import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import type { DataSource } from 'typeorm';
import { ManualClock } from '#libs/clock';
import { AuditCopies } from '../../src/audit/index.js';
import type { Presence } from '../../src/backup/presence.js';
import type { BackupService } from '../../src/backup/backup.service.js';
import { createBackups } from '../../src/backup/create-backups.js';
import { tablesOf } from '../../src/backup/drivers/create-engine.js';
import { createPresence } from '../../src/backup/drivers/create-presence.js';
import { DatabaseTurns } from '../../src/backup/drivers/database-turns.js';
import { Standstill } from '../../src/backup/standstill.js';
import { Keyring, loadConfig, type Config } from '../../src/config/index.js';
import { createDataSource, Database, migrate, type Schema } from '../../src/database/index.js';
import { EventEntity } from '../../src/events/index.js';
import { schema } from '../../src/schema/index.js';
import { masterKey } from './audit.js';
import type { DatabaseKind } from './databases.js';
import { openDatabase } from './sql.js';

const homes: string[] = [];
const sources: DataSource[] = [];
afterAll(async () => {
  await Promise.all(sources.splice(0).map((source) => source.destroy()));
  for (const home of homes.splice(0)) rmSync(home, { recursive: true, force: true });
});

/** As the server does it, without workers. */
class DatabaseStandstill extends Standstill {
  constructor(private readonly database: Database) {
    super();
  }

  override during<T>(work: () => Promise<T>): Promise<T> {
    return this.database.whileClosed(work);
  }
}

export const tester = { id: 'tester', userId: null, address: null };

/** Backups of a fresh database with some records, put together without Nest. */
export class BackupsUnderTest {
  readonly backups: BackupService;
  readonly presence: Presence;
  readonly audit: AuditCopies;

  private constructor(
    readonly kind: DatabaseKind,
    readonly config: Config,
    readonly database: Database,
    readonly clock: ManualClock,
    keyring: Keyring,
    ownSchema: Schema,
  ) {
    this.audit = new AuditCopies(keyring, clock);
    this.presence = createPresence(config, database, clock);
    const standstill = new DatabaseStandstill(database);
    const turns = new DatabaseTurns(config.settings.databaseUrl);
    const world = { config, keyring, clock, schema: ownSchema, presence: this.presence, standstill, turns };
    this.backups = createBackups(world, database);
  }

  static async open(kind: DatabaseKind, options: { schema?: Schema; key?: string } = {}): Promise<BackupsUnderTest> {
    const { schema: ownSchema = schema, key = masterKey } = options;
    const { url, database } = await openDatabase(kind, ownSchema);
    return this.over(kind, url, database, { home: newHome(), schema: ownSchema, key });
  }

  /** A new installation with its database and its home in this folder. */
  static async inFolder(folder: string): Promise<BackupsUnderTest> {
    const url = `sqlite://${join(folder, 'jobs.db')}`;
    const database = await opened(url, schema);
    return this.over('sqlite', url, database, { home: newHome(), schema, key: masterKey });
  }

  /** Another installation of the same home on the same database, as after an upgrade. */
  async reopened(
    options: { schema?: Schema; key?: string; backups?: string; url?: string } = {},
  ): Promise<BackupsUnderTest> {
    const { databaseUrl } = this.config.settings;
    const { schema: ownSchema = schema, key = masterKey, backups = '', url = databaseUrl } = options;
    const database = await opened(url, ownSchema);
    return BackupsUnderTest.over(this.kind, url, database, {
      home: this.config.paths.home,
      schema: ownSchema,
      key,
      backups,
    });
  }

  private static over(
    kind: DatabaseKind,
    url: string,
    database: Database,
    { home, schema: ownSchema, key, backups = '' }: { home: string; schema: Schema; key: string; backups?: string },
  ): BackupsUnderTest {
    const config = loadConfig({
      SIMPLETUNER_HOME: home,
      SIMPLETUNER_DATABASE_URL: url,
      SIMPLETUNER_BACKUP_DIRECTORY: backups,
      PATH: process.env['PATH'],
    });
    const clock = new ManualClock();
    return new BackupsUnderTest(kind, config, database, clock, new Keyring(key), ownSchema);
  }

  get folder(): string {
    return this.config.paths.backups;
  }

  /** Writes one row, its text with everything in it that a dump could break. */
  async write(text: string): Promise<void> {
    const payload = { text: `${text} 𝄞 'quoted' "twice" \\ back\nline; -- `, large: 'x'.repeat(2_000) };
    await this.database.run((manager) =>
      manager.insert(EventEntity, { type: 'written', payload, userId: text, createdAtMs: this.clock.now() }),
    );
  }

  /** What was written, in its order. */
  async written(): Promise<string[]> {
    const rows = await this.database.run((manager) =>
      manager.find(EventEntity, { where: { type: 'written' }, order: { sequence: 'ASC' } }),
    );
    return rows.map(({ userId }) => String(userId));
  }

  /** Everything that is in the records, but for the state of the backups themselves. */
  async everything(): Promise<string> {
    const tables = tablesOf(schema).filter((name) => !['backup_state', 'server_processes'].includes(name));
    const rows = await this.database.run(async (manager) => {
      const all: Record<string, string[]> = {};
      for (const table of tables) {
        const found = await manager.query<object[]>(`SELECT * FROM ${table}`);
        all[table] = found.map((row) => JSON.stringify(row)).sort();
      }
      return all;
    });
    return JSON.stringify(rows);
  }

  /** Adds a row to the audit log. */
  async act(targetId: string): Promise<void> {
    await this.audit
      .in(this.database)
      .record({ type: 'config.changed', actor: tester, targetType: 'test', targetId, details: {} });
  }

  create(compress = false): ReturnType<BackupService['create']> {
    return this.backups.create({ trigger: 'manual', actor: tester, compress });
  }
}

async function opened(databaseUrl: string, ownSchema: Schema): Promise<Database> {
  const source = await createDataSource({ databaseUrl, databasePoolSize: 5 }, ownSchema).initialize();
  sources.push(source);
  await migrate(source, databaseUrl);
  return new Database(source, databaseUrl);
}

export function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'simpletuner-backups-'));
  homes.push(home);
  return home;
}
