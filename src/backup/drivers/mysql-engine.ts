import { createReadStream, createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Contents, DatabaseInfo } from '../backup.js';
import { schemaVersion } from '../backup.js';
import { BackupEngine, discard, NoScratch, type Scratch } from '../backup-engine.js';
import { impossible } from '../backup.errors.js';
import { unprepared } from '../circumstances.js';
import { InsertCounter } from './insert-counter.js';
import { isAtLeast, Programs, runProgram, versionIn, type Program } from './programs.js';
import { leftScratches, scratchName } from './scratch-names.js';

/** How long a restore waits for somebody's lock on a table; then nothing is changed. */
const LOCK_WAIT_SECONDS = 30;
const MAY_NOT = ['ER_DBACCESS_DENIED_ERROR', 'ER_ACCESS_DENIED_ERROR', 'ER_SPECIFIC_ACCESS_DENIED_ERROR'];

type Rows = readonly Readonly<Record<string, string | number>>[];

/** MySQL and MariaDB: mariadb-dump out, a row a line; a rename of all tables in one statement back in. */
export class MysqlEngine extends BackupEngine {
  override readonly database = 'mysql';
  override readonly extension = 'sql';
  private readonly url: URL;

  constructor(
    url: string,
    /** Tables of this server: others may share the database. */
    private readonly tables: readonly string[],
    private readonly programs: Programs,
  ) {
    super();
    this.url = new URL(url.replace(/^mariadb:/, 'mysql:'));
  }

  override info(): Promise<DatabaseInfo> {
    return this.using(this.name, async (ask) => {
      const tables = await this.present(ask);
      const sizes = await ask(
        'SELECT COALESCE(SUM(data_length + index_length), 0) AS bytes FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name IN (?)',
        [this.tables],
      );
      const jobs = tables.includes('jobs') ? await ask('SELECT COUNT(*) AS jobs FROM jobs') : [];
      return {
        database: this.database,
        path: `${this.url.protocol}//${this.url.host}${this.url.pathname}`,
        bytes: Number(sizes[0]?.['bytes']),
        jobCount: Number(jobs[0]?.['jobs'] ?? 0),
        schemaVersion: schemaVersion({ migrations: await migrationsOf(ask, tables) }),
      };
    });
  }

  override hasRecords(): Promise<boolean> {
    return this.using(this.name, async (ask) => (await this.present(ask)).includes('migrations'));
  }

  override dump(file: string): Promise<Contents> {
    return this.using(this.name, async (ask) => {
      const program = await this.program(ask, ['mariadb-dump', 'mysqldump']);
      const tables = await this.present(ask);
      const migrations = await migrationsOf(ask, tables);
      const counter = new InsertCounter(tables, 'audit_head');
      const credentials = await this.credentials(`${file}.cnf`);
      const args = [...credentials, ...dumpArguments, ...gtidArguments(program), this.name, ...tables];
      const written = createWriteStream(file, { mode: 0o600, flags: 'wx' });
      const read = (output: Readable): Promise<void> =>
        pipeline(counter.over(output as AsyncIterable<Buffer>), written);
      await runProgram(program, { args, read }).catch((error: unknown) => {
        throw impossible(`${program.path} failed: ${(error as Error).message}.`, error);
      });
      return { migrations, rows: counter.rows, audit: auditHead(counter.line) };
    });
  }

  override async restoreToScratch(file: string, folder: string): Promise<Scratch> {
    const { program, name } = await this.using(this.name, async (ask) => {
      const found = await this.program(ask, ['mariadb', 'mysql']);
      return { program: found, name: await this.makeDatabase(ask) };
    }).catch((error: unknown) => {
      throw unprepared(error);
    });
    const scratch = {
      discard: () =>
        this.using(this.name, async (ask) => {
          for (const database of [name, `${name}_old`]) await ask(`DROP DATABASE IF EXISTS ${quoted(database)}`);
        }),
    };
    try {
      const args = [...(await this.credentials(join(folder, 'restore.cnf'))), '--default-character-set=utf8mb4', name];
      await runProgram(program, { args, input: createReadStream(file) });
    } catch (error) {
      await discard(scratch);
      throw error;
    }
    const databaseUrl = new URL(this.url);
    databaseUrl.pathname = `/${name}`;
    return {
      databaseUrl: databaseUrl.href,
      examine: () => this.using(name, (ask) => this.contents(ask)),
      replaceLive: () => this.replaceBy(name).then(() => undefined),
      ...scratch,
    };
  }

  private get name(): string {
    return decodeURIComponent(this.url.pathname.slice(1));
  }

  /** One RENAME of all tables happens as a whole or not at all. */
  private async replaceBy(scratch: string): Promise<void> {
    const restored = await this.using(scratch, (ask) => this.present(ask));
    await this.using(this.name, async (ask) => {
      const old = `${scratch}_old`;
      await ask(`CREATE DATABASE ${quoted(old)}`);
      await ask(`SET SESSION lock_wait_timeout = ${LOCK_WAIT_SECONDS}`);
      const move = (table: string, from: string, to: string): string =>
        `${quoted(from)}.${quoted(table)} TO ${quoted(to)}.${quoted(table)}`;
      const moves = [
        ...(await this.present(ask)).map((table) => move(table, this.name, old)),
        ...restored.map((table) => move(table, scratch, this.name)),
      ];
      await ask(`RENAME TABLE ${moves.join(', ')}`).catch((error: unknown) => {
        throw impossible(
          `The server did not take the records: ${(error as Error).message}. Nothing was changed.`,
          error,
        );
      });
    });
  }

  private async contents(ask: Ask): Promise<Contents> {
    const tables = await this.present(ask);
    const rows: Record<string, number> = {};
    for (const table of tables) {
      const [row] = await ask(`SELECT COUNT(*) AS count FROM ${quoted(table)}`);
      rows[table] = Number(row?.['count']);
    }
    const [head] = tables.includes('audit_head') ? await ask('SELECT sequence, hash FROM audit_head WHERE id = 1') : [];
    return {
      migrations: await migrationsOf(ask, tables),
      rows,
      audit: { sequence: Number(head?.['sequence'] ?? 0), hash: String(head?.['hash'] ?? '') },
    };
  }

  private async present(ask: Ask): Promise<string[]> {
    const rows = await ask(
      'SELECT table_name AS name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name IN (?) ORDER BY 1',
      [this.tables],
    );
    return rows.map(({ name }) => String(name));
  }

  private async program(ask: Ask, names: readonly string[]): Promise<Program> {
    const [row] = await ask('SELECT VERSION() AS version');
    const server = String(row?.['version']);
    const isMariadb = server.includes('MariaDB');
    const needed = versionIn(`v ${server}`, 'v').slice(0, 2);
    return this.programs.find(isMariadb ? names : names.toReversed(), {
      package: isMariadb ? 'mariadb-client' : 'default-mysql-client',
      forServer: `${isMariadb ? 'MariaDB' : 'MySQL'} ${needed.join('.')}`,
      // MariaDB's programs speak with every MySQL; the numbers of the two have nothing to do with each other.
      suits: (text) =>
        text.includes('MariaDB') !== isMariadb || isAtLeast(versionIn(text, 'Distrib', 'from', 'Ver'), needed),
    });
  }

  /** Returns its name. */
  private async makeDatabase(ask: Ask): Promise<string> {
    const [clock] = await ask('SELECT UNIX_TIMESTAMP() AS now');
    const now = Number(clock?.['now']);
    const name = scratchName(now);
    const all = await ask('SELECT schema_name AS name FROM information_schema.schemata');
    const left = leftScratches(all.map((row) => String(row['name'])), now); // prettier-ignore
    try {
      for (const old of left) await ask(`DROP DATABASE IF EXISTS ${quoted(old)}`);
      await ask(`CREATE DATABASE ${quoted(name)} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin`);
    } catch (error) {
      if (!MAY_NOT.includes((error as { code?: string }).code ?? '')) throw error;
      throw new NoScratch(
        'the account may not create a database (GRANT ALL ON `simpletuner\\_scratch\\_%`.* allows it)',
      );
    }
    return name;
  }

  /** The password in a file for this user alone; the file goes with its folder. */
  private async credentials(file: string): Promise<string[]> {
    const { hostname, port, username, password } = this.url;
    const option = (name: string, value: string): string =>
      `${name}="${decodeURIComponent(value).replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
    const lines = ['[client]', option('host', hostname), option('user', username), option('password', password), 'protocol=tcp']; // prettier-ignore
    if (port !== '') lines.push(`port=${port}`);
    await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o600 });
    return [`--defaults-extra-file=${file}`];
  }

  private async using<T>(database: string, work: (ask: Ask) => Promise<T>): Promise<T> {
    const url = new URL(this.url);
    url.pathname = `/${encodeURIComponent(database)}`;
    // Loaded when there is something to do: a start must not wait for it.
    const { createConnection } = await import('mysql2/promise');
    const connection = await createConnection({ uri: url.href, charset: 'utf8mb4' });
    try {
      return await work(async (sql, values = []) => {
        const [rows] = await connection.query(sql, values);
        return rows as unknown as Rows;
      });
    } finally {
      await connection.end();
    }
  }
}

type Ask = (sql: string, values?: (string | readonly string[])[]) => Promise<Rows>;

const dumpArguments = [
  '--single-transaction', '--quick', '--skip-lock-tables', '--no-tablespaces', '--skip-comments', '--hex-blob',
  '--no-autocommit', '--skip-extended-insert', '--skip-triggers', '--default-character-set=utf8mb4',
]; // prettier-ignore

/** Where GTIDs are on, MySQL's own program writes a line that only an administrator may run; MariaDB's does not know the option. */
function gtidArguments({ versionText }: Program): string[] {
  return versionText.includes('MariaDB') ? [] : ['--set-gtid-purged=OFF'];
}

async function migrationsOf(ask: Ask, tables: readonly string[]): Promise<string[]> {
  if (!tables.includes('migrations')) return [];
  return (await ask('SELECT name FROM migrations ORDER BY timestamp, id')).map(({ name }) => String(name));
}

/** The one row of audit_head as the dump has it: `VALUES (1,'7','…',…)`, numbers with or without quotes. */
function auditHead(line: string): Contents['audit'] {
  const match = /VALUES \('?1'?,'?(\d+)'?,'([0-9a-f]{64})'/.exec(line);
  return { sequence: Number(match?.[1] ?? 0), hash: match?.[2] ?? '' };
}

function quoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}
