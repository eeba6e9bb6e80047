import { join } from 'node:path';
import type pg from 'pg';
import type { Contents, DatabaseInfo } from '../backup.js';
import { schemaVersion } from '../backup.js';
import { BackupEngine, discard, NoScratch, type Scratch } from '../backup-engine.js';
import { impossible } from '../backup.errors.js';
import { unprepared } from '../circumstances.js';
import { isAtLeast, outputOf, Programs, runProgram, versionIn, type Program } from './programs.js';
import { leftScratches, scratchName } from './scratch-names.js';

/** How long a restore waits for somebody's lock on a table; then nothing is changed. */
const LOCK_TIMEOUT = '30s';
const MAY_NOT = '42501';

interface Row {
  readonly [column: string]: string | number;
}

/** PostgreSQL: pg_dump out, with its counts from the same snapshot; one transaction of pg_restore's back in. */
export class PostgresEngine extends BackupEngine {
  override readonly database = 'postgres';
  override readonly extension = 'dump';

  constructor(
    private readonly url: string,
    /** Tables of this server: others may share the database. */
    private readonly tables: readonly string[],
    private readonly programs: Programs,
  ) {
    super();
  }

  override info(): Promise<DatabaseInfo> {
    return this.using(this.url, async (client) => {
      const tables = await this.present(client);
      const sizes = await client.query<Row>(
        'SELECT COALESCE(SUM(pg_total_relation_size(to_regclass(quote_ident(name)))), 0) AS bytes FROM unnest($1::text[]) AS name',
        [tables],
      );
      const jobs = tables.includes('jobs') ? await client.query<Row>('SELECT COUNT(*) AS jobs FROM jobs') : undefined;
      return {
        database: this.database,
        path: placeOf(this.url),
        bytes: Number(sizes.rows[0]?.['bytes']),
        jobCount: Number(jobs?.rows[0]?.['jobs'] ?? 0),
        schemaVersion: schemaVersion({ migrations: await migrationsOf(client, tables) }),
      };
    });
  }

  override hasRecords(): Promise<boolean> {
    return this.using(this.url, async (client) => (await this.present(client)).includes('migrations'));
  }

  override async dump(file: string): Promise<Contents> {
    return this.using(this.url, async (client) => {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      const snapshot = await client.query<Row>('SELECT pg_export_snapshot() AS id');
      const contents = await this.contents(client);
      await this.dumpTo(client, this.url, file, [`--snapshot=${snapshot.rows[0]?.['id']}`]);
      return contents;
    });
  }

  override async restoreToScratch(file: string, folder: string): Promise<Scratch> {
    const { program, name, schema } = await this.using(this.url, async (client) => {
      const found = await this.program(client, 'pg_restore');
      return { program: found, ...(await this.makeDatabase(client)) };
    }).catch((error: unknown) => {
      throw unprepared(error);
    });
    const url = withDatabase(this.url, name);
    const scratch = { discard: () => this.drop(name) };
    try {
      await this.using(url, (client) => client.query(`CREATE SCHEMA IF NOT EXISTS ${quoted(schema)}`));
      await runProgram(program, { args: [...restoreArguments, '--dbname', name, file], env: environmentOf(url) });
    } catch (error) {
      await discard(scratch);
      throw error;
    }
    return {
      databaseUrl: url,
      examine: () => this.using(url, (client) => this.contents(client)),
      replaceLive: () => this.replaceBy(url, join(folder, 'staged.dump')).then(() => undefined),
      ...scratch,
    };
  }

  private async replaceBy(scratchUrl: string, file: string): Promise<void> {
    await this.using(scratchUrl, (client) => this.dumpTo(client, scratchUrl, file, []));
    const { writer, reader, tables } = await this.using(this.url, async (client) => {
      const schema = await schemaOf(client);
      return {
        writer: await this.program(client, 'pg_restore'),
        reader: await this.program(client, 'psql'),
        tables: (await this.present(client)).map((name) => `${quoted(schema)}.${quoted(name)}`),
      };
    });
    await runProgram(reader, {
      args: ['--no-psqlrc', '--quiet', '--no-password', '--set', 'ON_ERROR_STOP=1', '--file', '-'],
      env: environmentOf(this.url),
      input: inOneTransaction(writer, file, tables),
    }).catch((error: unknown) => {
      throw impossible(`PostgreSQL did not take the records: ${(error as Error).message}. Nothing was changed.`, error);
    });
  }

  private async dumpTo(client: pg.Client, url: string, file: string, args: readonly string[]): Promise<void> {
    const program = await this.program(client, 'pg_dump');
    const schema = await schemaOf(client);
    const tables = (await this.present(client)).map((name) => `--table=${quoted(schema)}.${quoted(name)}`);
    await runProgram(program, {
      args: ['--format=custom', '--no-owner', '--no-acl', '--no-password', `--file=${file}`, ...args, ...tables],
      env: environmentOf(url),
    }).catch((error: unknown) => {
      throw impossible(`pg_dump failed: ${(error as Error).message}.`, error);
    });
  }

  private async contents(client: pg.Client): Promise<Contents> {
    const tables = await this.present(client);
    const rows: Record<string, number> = {};
    for (const table of tables) {
      const result = await client.query<Row>(`SELECT COUNT(*) AS rows FROM ${quoted(table)}`);
      rows[table] = Number(result.rows[0]?.['rows']);
    }
    const head = tables.includes('audit_head')
      ? (await client.query<Row>('SELECT sequence, hash FROM audit_head WHERE id = 1')).rows[0]
      : undefined;
    return {
      migrations: await migrationsOf(client, tables),
      rows,
      audit: { sequence: Number(head?.['sequence'] ?? 0), hash: String(head?.['hash'] ?? '') },
    };
  }

  private async present(client: pg.Client): Promise<string[]> {
    const result = await client.query<{ name: string }>(
      'SELECT tablename AS name FROM pg_tables WHERE schemaname = current_schema() AND tablename = ANY($1) ORDER BY 1',
      [this.tables],
    );
    return result.rows.map(({ name }) => name);
  }

  private async program(client: pg.Client, name: string): Promise<Program> {
    const result = await client.query<Row>('SHOW server_version');
    const [major = 0] = versionIn(`v ${result.rows[0]?.['server_version']}`, 'v');
    return this.programs.find([name], {
      package: `postgresql-client-${major}`,
      forServer: `PostgreSQL ${major}`,
      suits: (text) => isAtLeast(versionIn(text, 'PostgreSQL\\)'), [major]),
    });
  }

  /** Returns its name, and the schema that the tables are in. */
  private async makeDatabase(client: pg.Client): Promise<{ name: string; schema: string }> {
    const clock = await client.query<Row>('SELECT CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS bigint) AS now');
    const now = Number(clock.rows[0]?.['now']);
    const name = scratchName(now);
    const all = await client.query<{ name: string }>('SELECT datname AS name FROM pg_database');
    const left = leftScratches(all.rows.map((row) => row.name), now); // prettier-ignore
    try {
      for (const old of left) await client.query(`DROP DATABASE IF EXISTS ${quoted(old)} WITH (FORCE)`);
      await client.query(`CREATE DATABASE ${quoted(name)} TEMPLATE template0`);
    } catch (error) {
      if ((error as { code?: string }).code !== MAY_NOT) throw error;
      throw new NoScratch('the account may not create a database (ALTER ROLE … CREATEDB allows it)');
    }
    return { name, schema: await schemaOf(client) };
  }

  private drop(name: string): Promise<void> {
    return this.using(this.url, async (client) => {
      await client.query(`DROP DATABASE IF EXISTS ${quoted(name)} WITH (FORCE)`);
    });
  }

  private async using<T>(connectionString: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
    // Loaded when there is something to do: a start must not wait for it.
    const { Client } = (await import('pg')).default;
    const client = new Client({ connectionString, application_name: 'simpletuner-cloud backup' });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }
}

/**
 * The SQL that replaces the records. This process says COMMIT, and only when all went well: were it killed, a program that
 * commits by itself would replace the records under the server that is started next. Locks are taken first, as what
 * pg_restore writes waits for them without end.
 */
async function* inOneTransaction(
  program: Program,
  file: string,
  tables: readonly string[],
): AsyncGenerator<Buffer | string, void> {
  yield `BEGIN;\nSET LOCAL lock_timeout = '${LOCK_TIMEOUT}';\n`;
  if (tables.length > 0) yield `LOCK TABLE ${tables.join(', ')} IN ACCESS EXCLUSIVE MODE;\n`;
  yield* outputOf(program, { args: [...restoreArguments, '--clean', '--if-exists', '--file', '-', file] });
  yield '\nCOMMIT;\n';
}

const restoreArguments = ['--no-owner', '--no-acl', '--no-password', '--exit-on-error'];

async function schemaOf(client: pg.Client): Promise<string> {
  return (await client.query<{ name: string }>('SELECT current_schema() AS name')).rows[0]?.name ?? 'public';
}

async function migrationsOf(client: pg.Client, tables: readonly string[]): Promise<string[]> {
  if (!tables.includes('migrations')) return [];
  const result = await client.query<{ name: string }>('SELECT name FROM migrations ORDER BY timestamp, id');
  return result.rows.map(({ name }) => name);
}

/** What the URL says, as the programs read it from their environment. */
function environmentOf(connectionString: string): Record<string, string> {
  const url = new URL(connectionString);
  const given: Record<string, string | null> = {
    PGHOST: url.searchParams.get('host') ?? url.hostname.replace(/^\[|\]$/g, ''),
    PGPORT: url.port,
    PGUSER: decodeURIComponent(url.username),
    PGPASSWORD: decodeURIComponent(url.password),
    PGDATABASE: nameOf(connectionString),
    PGSSLMODE: url.searchParams.get('sslmode'),
    PGSSLROOTCERT: url.searchParams.get('sslrootcert'),
    PGSSLCERT: url.searchParams.get('sslcert'),
    PGSSLKEY: url.searchParams.get('sslkey'),
    PGOPTIONS: url.searchParams.get('options'),
  };
  return Object.fromEntries(Object.entries(given).filter((entry): entry is [string, string] => Boolean(entry[1])));
}

function nameOf(connectionString: string): string {
  return decodeURIComponent(new URL(connectionString).pathname.slice(1));
}

function withDatabase(connectionString: string, name: string): string {
  const url = new URL(connectionString);
  url.pathname = `/${name}`;
  return url.href;
}

function placeOf(connectionString: string): string {
  const { protocol, host, pathname } = new URL(connectionString);
  return `${protocol}//${host}${pathname}`;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
