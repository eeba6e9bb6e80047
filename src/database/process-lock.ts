import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Sqlite from 'better-sqlite3';
import type { DataSource, QueryRunner } from 'typeorm';
import { SystemClock, type Stoppable } from '#libs/clock';
import { getLogger } from '#libs/log';
import { sqliteFile } from './data-source.js';
import { dialectOf } from './dialect.js';

const RETRY_MS = 50;
/** The session of a lock says so often that it is alive, and is ended by its server when it has been silent for the other one. */
const ALIVE_INTERVAL_MS = 20_000;
const SILENCE_SECONDS_MAX = 120;

const log = getLogger('database');

/** A lock that all processes of an installation see. It ends with the process that holds it, however that ends. */
export interface ProcessLock {
  /** At once: false when another process has it. */
  take(): Promise<boolean>;
  /** @throws Error when the session that held it has been lost, and so perhaps the lock. */
  requireHeld(): Promise<void>;
  /** Never fails: the end of the session gives it back too, and what was done under it is done. */
  release(): Promise<void>;
}

/**
 * A lock on a database for one purpose. On a database server it belongs to a session of `source`, which must be connected and have
 * a connection for it; on SQLite, where `source` is not used, to a file beside the database.
 */
export function processLock(source: DataSource, databaseUrl: string, purpose: string): ProcessLock {
  const { name } = dialectOf(databaseUrl);
  if (name === 'sqlite') return new FileLock(sqliteFile(databaseUrl), purpose);
  return new SessionLock(source, servers[name], servers[name].lock(purpose));
}

/** Asks again and again, so that nothing waits inside a statement. False when the time is over. */
export async function takeInTime(lock: ProcessLock, waitMs: number): Promise<boolean> {
  const clock = new SystemClock();
  const deadlineMs = clock.monotonicMs() + waitMs;
  while (!(await lock.take())) {
    if (clock.monotonicMs() >= deadlineMs) return false;
    await clock.sleep(RETRY_MS);
  }
  return true;
}

interface LockServer {
  /** Has the server notice that the host of a session is gone. */
  readonly watch: string;
  /** Takes that back: the connection serves others afterwards, who may be silent for longer. */
  readonly unwatch: string;
  readonly take: (lock: string) => string;
  readonly release: (lock: string) => string;
  readonly lock: (purpose: string) => string;
}

/** `take` answers 1 when the lock is ours now. Migrations have kept their names since they were locked by themselves. */
const servers: Readonly<Record<'postgres' | 'mysql', LockServer>> = {
  postgres: {
    watch: `SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3`,
    unwatch: 'RESET tcp_keepalives_idle; RESET tcp_keepalives_interval; RESET tcp_keepalives_count',
    take: (lock) => `SELECT CASE WHEN pg_try_advisory_lock(${lock}) THEN 1 ELSE 0 END AS taken`,
    release: (lock) => `SELECT pg_advisory_unlock(${lock})`,
    // A number that other programs on the same server are unlikely to lock.
    lock: (purpose) => (purpose === 'migrate' ? '7215330417' : `hashtextextended('simpletuner-${purpose}', 0)`),
  },
  mysql: {
    watch: `SET SESSION wait_timeout = ${SILENCE_SECONDS_MAX}`,
    unwatch: 'SET SESSION wait_timeout = DEFAULT',
    take: (lock) => `SELECT GET_LOCK(${lock}, 0) AS taken`,
    release: (lock) => `SELECT RELEASE_LOCK(${lock})`,
    // Names are of the whole server and end at 64 characters.
    lock: (purpose) =>
      purpose === 'migrate'
        ? "CONCAT('simpletuner-migrate-', MD5(DATABASE()))"
        : `CONCAT('simpletuner-', MD5(CONCAT(DATABASE(), '/${purpose}')))`,
  },
};

class SessionLock implements ProcessLock {
  private readonly clock = new SystemClock();
  private runner: QueryRunner | undefined;
  private alive: Stoppable | undefined;

  constructor(
    private readonly source: DataSource,
    private readonly server: LockServer,
    private readonly lock: string,
  ) {}

  async take(): Promise<boolean> {
    const runner = await this.session();
    const rows = (await runner.query(this.server.take(this.lock))) as { taken: number | string }[];
    if (Number(rows[0]?.taken) !== 1) return false;
    this.alive = this.clock.every(ALIVE_INTERVAL_MS, () => {
      this.requireHeld().catch((error: unknown) => log.warning('The session of a lock was lost', { error }));
    });
    return true;
  }

  async requireHeld(): Promise<void> {
    if (!this.alive) throw new Error('The lock is not held');
    // Only the session that took it can answer here.
    await this.runner?.query('SELECT 1');
  }

  async release(): Promise<void> {
    const isHeld = this.alive !== undefined;
    this.alive?.stop();
    this.alive = undefined;
    try {
      if (isHeld) await this.runner?.query(this.server.release(this.lock));
      await this.runner?.query(this.server.unwatch);
    } catch (error) {
      log.warning('A lock was not given back', { error });
    } finally {
      await this.runner?.release();
      this.runner = undefined;
    }
  }

  private async session(): Promise<QueryRunner> {
    if (this.runner) return this.runner;
    const runner = this.source.createQueryRunner();
    this.runner = runner;
    await runner.query(this.server.watch);
    return runner;
  }
}

/** SQLite has no advisory lock; a second, empty database file beside the first lends its write lock. */
class FileLock implements ProcessLock {
  private readonly file: Sqlite.Database | undefined;

  constructor(databaseFile: string, purpose: string) {
    if (databaseFile === ':memory:') return;
    mkdirSync(dirname(databaseFile), { recursive: true, mode: 0o700 });
    this.file = new Sqlite(`${databaseFile}-${purpose}.lock`, { timeout: 0 });
  }

  take(): Promise<boolean> {
    try {
      // Nothing is ever written to it, so that a full disk does not stand in the way.
      this.file?.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
      return Promise.resolve(true);
    } catch (error) {
      if ((error as { code?: string }).code === 'SQLITE_BUSY') return Promise.resolve(false);
      throw error;
    }
  }

  requireHeld(): Promise<void> {
    return Promise.resolve();
  }

  release(): Promise<void> {
    this.file?.close();
    return Promise.resolve();
  }
}
