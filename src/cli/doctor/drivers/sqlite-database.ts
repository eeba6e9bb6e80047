import { existsSync, statSync } from 'node:fs';
import { fail, ok, warn, type Finding } from '../finding.js';
import { holdersOf, named } from '../processes.js';

const LOCK_PATIENCE_MS = 2_000;
const WAL_BYTES_LARGE = 268_435_456;
const PROBLEMS_SHOWN = 5;

/** What the guide does by hand with fuser and sqlite3: who has the file open, is it locked, its write-ahead log, its pages. */
export async function sqliteFindings(file: string, empties: boolean): Promise<Finding[]> {
  if (!existsSync(file))
    return [warn('database', `${file} does not exist yet`, 'The first start of the server makes it.')];
  const holders = await holdersOf([file, `${file}-wal`, `${file}-shm`]);
  const open = ok('database open connections', holders.length === 0 ? `Nobody has ${file} open` : named(holders));
  // SQLite deletes the log beside a file of no bytes when it opens that.
  if (statSync(file).size === 0) return [open, damaged(file, 'it is empty')];
  const { default: Sqlite } = await import('better-sqlite3');
  try {
    const database = new Sqlite(file, { timeout: LOCK_PATIENCE_MS, fileMustExist: true });
    try {
      return [
        open,
        lockOf(database, holders.length > 0 ? named(holders) : 'a process that cannot be seen'),
        walOf(database, file, empties),
        integrityOf(database, file),
      ];
    } finally {
      database.close();
    }
  } catch (error) {
    return [open, damaged(file, (error as Error).message)];
  }
}

type Connection = import('better-sqlite3').Database;

function lockOf(database: Connection, holders: string): Finding {
  try {
    database.exec('BEGIN IMMEDIATE');
    database.exec('ROLLBACK');
    return ok('database lock', `Can be written within ${LOCK_PATIENCE_MS / 1_000} s`);
  } catch (error) {
    if (!/SQLITE_(BUSY|LOCKED|READONLY)/.test((error as { code?: string }).code ?? '')) throw error;
    return fail(
      'database lock',
      `Cannot be written (${(error as { code: string }).code}); open in ${holders}`,
      'End the program that is not the server (a forgotten sqlite3 shell, a backup script); give a file that may not be written to the user of the server.',
    );
  }
}

function walOf(database: Connection, file: string, empties: boolean): Finding {
  const bytes = existsSync(`${file}-wal`) ? statSync(`${file}-wal`).size : 0;
  const [state] = database.pragma(`wal_checkpoint(${empties ? 'TRUNCATE' : 'PASSIVE'})`) as {
    busy: number;
    log: number;
    checkpointed: number;
  }[];
  const { busy = 0, log = 0, checkpointed = 0 } = state ?? {};
  const seen = `${bytes} bytes, ${Math.max(0, log - checkpointed)} of ${Math.max(0, log)} pages not yet in the database`;
  const todo = 'End long readers (see the open connections), then `simpletuner-cloud doctor --checkpoint`.';
  if (busy !== 0) return warn('database WAL', `Could not be emptied: somebody reads from it (${seen})`, todo);
  if (!empties && bytes > WAL_BYTES_LARGE) return warn('database WAL', `Has grown large: ${seen}`, todo);
  return ok('database WAL', empties ? 'Checkpointed and emptied' : seen);
}

function integrityOf(database: Connection, file: string): Finding {
  const rows = database.pragma(`integrity_check(${PROBLEMS_SHOWN})`) as { integrity_check: string }[];
  const problems = rows.map(({ integrity_check }) => integrity_check).filter((line) => line !== 'ok');
  return problems.length === 0 ? ok('database integrity', 'integrity_check: ok') : damaged(file, problems.join('; '));
}

function damaged(file: string, problem: string): Finding {
  return fail(
    'database integrity',
    `${file}: ${problem.replaceAll(/\s+/g, ' ').slice(0, 300)}`,
    `Stop the server and run \`simpletuner-cloud backup restore\` with the newest backup, which keeps the damaged files; without one: sqlite3 ${file} ".recover" | sqlite3 jobs_recovered.db`,
  );
}
