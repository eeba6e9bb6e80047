import { Worker } from 'node:worker_threads';
import type { Contents } from '../backup.js';

/** How long another program's lock is waited for. */
const BUSY_TIMEOUT_MS = 10_000;

/**
 * The thread's program, as text: so it runs the same from the compiled product and from the TypeScript sources, which Node 20
 * cannot load in a thread. A copy is made in one step: SQLite begins anew whenever somebody writes between two of them.
 */
const program = `
const { createRequire } = require('node:module');
const { parentPort, workerData } = require('node:worker_threads');
const Sqlite = createRequire(workerData.base)('better-sqlite3');
const { busyTimeoutMs } = workerData;

const open = (file, options = {}) => new Sqlite(file, { timeout: busyTimeoutMs, fileMustExist: true, ...options });
const copyInto = (database, to) => {
  let before = -1;
  let deadline = 0;
  return database.backup(to, {
    progress({ remainingPages }) {
      if (remainingPages !== before) deadline = Date.now() + busyTimeoutMs;
      else if (Date.now() > deadline) throw new Error('the database is locked by another program');
      before = remainingPages;
      return 0x7fffffff;
    },
  });
};
const using = async (database, work) => {
  try { return await work(database); } finally { database.close(); }
};
const check = (database) => {
  const problems = database.pragma('integrity_check(1)', { simple: true });
  if (problems !== 'ok') throw Object.assign(new Error(String(problems).split('\\n')[0]), { code: 'SQLITE_CORRUPT' });
};
const tables = (database) =>
  database.prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\\\_%' ESCAPE '\\\\' ORDER BY name").pluck().all();

const tasks = {
  async copy({ from, to }) {
    await using(open(from), (database) => copyInto(database, to));
    // Without this the copy would need files beside it to be opened, as the database does.
    await using(open(to), (database) => database.pragma('journal_mode = DELETE'));
  },
  check({ file }) {
    return using(open(file, { readonly: true }), check);
  },
  examine({ file }) {
    return using(open(file), (database) => {
      // What a file from elsewhere says of itself runs nothing.
      database.pragma('trusted_schema = OFF');
      check(database);
      const names = tables(database);
      const count = (name) => database.prepare('SELECT COUNT(*) FROM "' + name.replaceAll('"', '""') + '"').pluck().get();
      const rows = Object.fromEntries(names.map((name) => [name, count(name)]));
      const migrations = names.includes('migrations')
        ? database.prepare('SELECT name FROM migrations ORDER BY timestamp, id').pluck().all()
        : [];
      const audit = names.includes('audit_head')
        ? database.prepare('SELECT sequence, hash FROM audit_head WHERE id = 1').get()
        : undefined;
      return { migrations, rows, audit: audit ?? { sequence: 0, hash: '' } };
    });
  },
  async replace({ from, to }) {
    const pageSize = await using(open(to), (database) => database.pragma('page_size', { simple: true }));
    await using(open(from), async (database) => {
      // In WAL mode SQLite refuses pages of another size.
      if (database.pragma('page_size', { simple: true }) !== pageSize) {
        database.pragma('journal_mode = DELETE');
        database.pragma('page_size = ' + pageSize);
        database.exec('VACUUM');
      }
      await copyInto(database, to);
    });
    // They are replaced by now; its log is emptied for good measure, now or by whoever has the room.
    try { await using(open(to), (database) => database.pragma('wal_checkpoint(TRUNCATE)')); } catch {}
  },
};

Promise.resolve()
  .then(() => tasks[workerData.task.kind](workerData.task))
  .then((result) => parentPort.postMessage({ result }), ({ message, code }) => parentPort.postMessage({ message, code }));
`;

type Task =
  | { readonly kind: 'copy' | 'replace'; readonly from: string; readonly to: string }
  | { readonly kind: 'examine' | 'check'; readonly file: string };

interface Reply {
  readonly result?: unknown;
  readonly message?: string;
  readonly code?: string;
}

/** What SQLite could not do; `code` as SQLite names it. */
export class SqliteFault extends Error {
  override readonly name = 'SqliteFault';

  constructor(
    message: string,
    readonly code: string,
  ) {
    super(message);
  }

  /** The file is no database, or one that SQLite cannot read. */
  get isDamage(): boolean {
    return this.code === 'SQLITE_NOTADB' || this.code.startsWith('SQLITE_CORRUPT');
  }
}

/** Copies a database, as of one instant, to a new file without anything beside it. */
export async function copyDatabase(from: string, to: string): Promise<void> {
  await inThread({ kind: 'copy', from, to });
}

/** Checks a whole database file and says what it holds. @throws SqliteFault saying what is broken. */
export async function examineDatabase(file: string): Promise<Contents> {
  return (await inThread({ kind: 'examine', file })) as Contents;
}

/** Reads a whole database file as it is, with its log, and changes neither. @throws SqliteFault saying what is broken. */
export async function checkDatabase(file: string): Promise<void> {
  await inThread({ kind: 'check', file });
}

/** Replaces all that is in `to` by what is in `from`, in one transaction: other programs may have `to` open. */
export async function replaceDatabase(from: string, to: string): Promise<void> {
  await inThread({ kind: 'replace', from, to });
}

/** SQLite answers when it is done, which for a whole database takes too long for the event loop. */
function inThread(task: Task): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const workerData = { base: import.meta.url, busyTimeoutMs: BUSY_TIMEOUT_MS, task };
    const worker = new Worker(program, { eval: true, execArgv: [], workerData });
    worker.once('message', ({ result, message, code = '' }: Reply) => {
      if (message === undefined) resolve(result);
      else reject(new SqliteFault(message, code));
    });
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('The thread ended without an answer')));
  });
}
