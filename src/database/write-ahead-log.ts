import { closeSync, fdatasync, openSync } from 'node:fs';
import { promisify } from 'node:util';
import type BetterSqlite3 from 'better-sqlite3';
import type { DataSource } from 'typeorm';
import { SystemClock } from '#libs/clock';
import { SharedRun } from '#libs/worker';
import { sqliteFile } from './data-source.js';

const sync = promisify(fdatasync);
/** While every number of a file is taken: nothing is lost by coming again. */
const NO_NUMBER_LEFT = ['EMFILE', 'ENFILE'];
const OPEN_AGAIN_MS = 20;

/**
 * The log in which SQLite keeps what was committed, made durable by another thread: SQLite itself would hold up this one, and with it
 * every request, while the disk works. Commits that come meanwhile share the next wait.
 */
export class WriteAheadLog {
  private readonly syncs: SharedRun;
  private readonly changes: BetterSqlite3.Statement<[], number>;
  private failure: Error | undefined;

  private constructor(
    private readonly connection: BetterSqlite3.Database,
    file: string,
  ) {
    this.changes = connection.prepare<[], number>('SELECT total_changes()').pluck();
    this.syncs = new SharedRun(() => this.makeDurable(`${file}-wal`));
  }

  /** Undefined for a database that is no file of SQLite's. */
  static of(source: DataSource, databaseUrl: string): WriteAheadLog | undefined {
    const file = sqliteFile(databaseUrl);
    const { databaseConnection } = source.driver as { databaseConnection?: BetterSqlite3.Database };
    return databaseConnection && file !== ':memory:' ? new WriteAheadLog(databaseConnection, file) : undefined;
  }

  /** Runs `work`, which has the connection for itself, without waiting for the disk: what it commits is awaited by `settled`. */
  async commit<T>(work: () => Promise<T>): Promise<T> {
    const before = this.changes.get();
    // NORMAL: a commit is written, and read by others, but not waited for. Checkpoints are safe all the same.
    this.connection.pragma('synchronous = NORMAL');
    try {
      return await work();
    } finally {
      this.connection.pragma('synchronous = FULL');
      // Not awaited here: the connection is free for others meanwhile. A failure is told to all who await what is settled.
      if (this.changes.get() !== before) this.syncs.run().catch(() => undefined);
    }
  }

  /** Resolves when all that can be read now is durable; undefined when it is. */
  get settled(): Promise<void> | undefined {
    return this.syncs.awaited;
  }

  /** @throws Error when the disk has lost changes since the start: what is committed after them would be lost, too. */
  requireWhole(): void {
    if (this.failure) throw this.failure;
  }

  private async makeDurable(path: string): Promise<void> {
    try {
      // Opened each time: after a restore it may be another file.
      const file = await openWhenPossible(path);
      await sync(file).finally(() => closeSync(file));
    } catch (error) {
      // What follows a gap in the log is lost, however durable it is, and the system tells of a failed write only once.
      this.failure = new Error('The disk has lost changes of the database: restart the server', { cause: error });
      throw this.failure;
    }
  }
}

async function openWhenPossible(path: string): Promise<number> {
  const clock = new SystemClock();
  for (;;) {
    try {
      return openSync(path, 'r+');
    } catch (error) {
      if (!NO_NUMBER_LEFT.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
      await clock.sleep(OPEN_AGAIN_MS);
    }
  }
}
