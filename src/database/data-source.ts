import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { DataSource, type DataSourceOptions, type MigrationInterface } from 'typeorm';
import { BYTES_MAX } from './columns.js';
import { dialectOf } from './dialect.js';
import { SQLITE_LOCK_PATIENCE_MS } from './lock-waits.js';

/** More than there are: statements of one shape are prepared once, not anew whenever others came between. */
const SQLITE_STATEMENTS_MAX = 500;
const CONNECT_TIMEOUT_MS = 5_000;
/**
 * A statement that takes longer is given up, so that a frozen server does not hold its caller for ever. With MySQL the time runs
 * from when it is sent: what waits behind an unanswered statement of its connection, or for a connection of the pool, waits until
 * the network gives that connection up. Who must answer in time (health) sets a limit of its own.
 */
const STATEMENT_TIMEOUT_MS = 30_000;

export type EntityClass = new () => object;
export type MigrationClass = new () => MigrationInterface;

/** What the features bring along. */
export interface Schema {
  readonly entities: readonly EntityClass[];
  readonly migrations: readonly MigrationClass[];
}

export interface DataSourceSettings {
  readonly databaseUrl: string;
  readonly databasePoolSize: number;
}

/** A data source, not yet connected, for any of the three databases. */
export function createDataSource(settings: DataSourceSettings, schema: Schema): DataSource {
  const source = new DataSource({
    ...connectionOptions(settings),
    entities: [...schema.entities],
    migrations: [...schema.migrations],
    migrationsTransactionMode: 'each',
    synchronize: false,
    logging: false,
  } as unknown as DataSourceOptions);
  translateTypes(source);
  return source;
}

/**
 * From now on statements are given up after the time that PostgreSQL's have from the start. The driver of MySQL has no such limit
 * by itself: a frozen server would hold callers, and the workers by whose silence liveness fails, until it is thawed. Not before
 * the migrations are done, which may take their time and cannot be taken back there.
 */
export function limitStatements(source: DataSource): void {
  if (!['mysql', 'mariadb'].includes(source.options.type)) return;
  Object.assign(source.options, { enableQueryTimeout: true, maxQueryExecutionTime: STATEMENT_TIMEOUT_MS });
}

// MySQL's `text` ends at 64 KiB, which a webhook body or a log may pass; its `blob` cannot be a key.
const mysqlNames = { text: 'longtext', blob: 'varbinary' };

/** The column types of entities that a database calls by another name. */
const typeNames: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  mysql: mysqlNames,
  mariadb: mysqlNames,
  postgres: { blob: 'bytea' },
};

function translateTypes(source: DataSource): void {
  const names = typeNames[source.options.type];
  if (!names) return;
  const { driver } = source;
  const normalize = driver.normalizeType.bind(driver);
  driver.normalizeType = (column) => names[normalize(column)] ?? normalize(column);
  const lengthOf = driver.getColumnLength.bind(driver);
  driver.getColumnLength = (column) =>
    driver.normalizeType(column) === 'varbinary' ? String(BYTES_MAX) : lengthOf(column);
}

function connectionOptions(settings: DataSourceSettings): object {
  const dialect = dialectOf(settings.databaseUrl);
  if (dialect.name === 'sqlite') return sqliteOptions(sqliteFile(settings.databaseUrl));
  if (dialect.name === 'postgres') {
    return {
      type: 'postgres',
      url: settings.databaseUrl,
      applicationName: 'simpletuner-cloud',
      connectTimeoutMS: CONNECT_TIMEOUT_MS,
      extra: {
        max: settings.databasePoolSize,
        statement_timeout: STATEMENT_TIMEOUT_MS,
        query_timeout: STATEMENT_TIMEOUT_MS,
      },
    };
  }
  return {
    type: settings.databaseUrl.startsWith('mariadb:') ? 'mariadb' : 'mysql',
    url: settings.databaseUrl,
    charset: 'utf8mb4',
    timezone: 'Z',
    connectTimeout: CONNECT_TIMEOUT_MS,
    poolSize: settings.databasePoolSize,
    supportBigNumbers: true,
    extra: { maxIdle: settings.databasePoolSize },
  };
}

function sqliteOptions(file: string): object {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  return {
    type: 'better-sqlite3',
    database: file,
    timeout: SQLITE_LOCK_PATIENCE_MS,
    statementCacheSize: SQLITE_STATEMENTS_MAX,
    prepareDatabase: (database: BetterSqlite3.Database) => {
      database.pragma('journal_mode = WAL');
      // FULL: what was answered as stored survives a power cut, not only a crash of this process.
      database.pragma('synchronous = FULL');
      beginImmediately(database);
    },
  };
}

/**
 * A deferred BEGIN that reads first cannot become a writer once another process has written; it fails at once instead of
 * waiting. TypeORM has no setting for it, so the statement is changed where it is prepared.
 */
function beginImmediately(database: BetterSqlite3.Database): void {
  const prepare = database.prepare.bind(database) as (sql: string) => BetterSqlite3.Statement;
  database.prepare = ((sql: string) =>
    prepare(sql === 'BEGIN TRANSACTION' ? 'BEGIN IMMEDIATE' : sql)) as typeof database.prepare;
}

/** The file named by a `sqlite://` URL: `sqlite:///absolute/path` or `sqlite://relative/path`. */
export function sqliteFile(databaseUrl: string): string {
  return decodeURIComponent(databaseUrl.replace(/^sqlite:\/\//, ''));
}
