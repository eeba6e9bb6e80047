import { hostname } from 'node:os';
import { Clock, SystemClock, type Stoppable } from '#libs/clock';
import { newId } from '#libs/ids';
import { getLogger } from '#libs/log';
import {
  createDataSource,
  processLock,
  takeInTime,
  whileLocked,
  type Database,
  type ProcessLock,
} from '../../database/index.js';
import { inUse } from '../backup.errors.js';
import { Presence } from '../presence.js';

const BEAT_INTERVAL_MS = 5_000;
/** Who has not been seen for this long is gone, whatever its session says. */
const SILENCE_MS = 30_000;
/** Who has no session any more is gone when it has not been seen for so long: two beats, and time for the second to arrive. */
const SILENCE_WITHOUT_SESSION_MS = 12_000;
const LOOK_INTERVAL_MS = 500;
const FORGET_MS = 86_400_000;

/** The time of the database server, in milliseconds: the clocks of replicas differ. */
const now = {
  postgres: 'CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS bigint)',
  mysql: 'CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)',
};

const log = getLogger('backup');

/**
 * Replicas of one database server: each says every few seconds that it is there, and holds a lock with its name in a session that
 * ends with its process. A restore refuses while a lock is held, and waits for the silence of those that have none: of a server
 * that was killed, or that has just lost its session and is about to open another one. Who is heard of again meanwhile works,
 * whether or not it has a session: servers of before the sessions have none.
 */
export class SqlPresence extends Presence {
  private readonly id = newId();
  private readonly now: string;
  private beat: Stoppable | undefined;
  private session: Session | undefined;

  constructor(
    private readonly databaseUrl: string,
    /** Undefined at the command line, which does not stay. */
    private readonly database: Database | undefined,
    private readonly clock: Clock,
  ) {
    super();
    this.now = databaseUrl.startsWith('postgres') ? now.postgres : now.mysql;
  }

  /** Where a restore is under way it waits for its end. */
  override async enter(): Promise<void> {
    await this.whileLocked(async () => {
      this.session = await this.openSession();
      await this.say();
    });
    this.beat = this.clock.every(BEAT_INTERVAL_MS, () => {
      Promise.all([this.say(), this.keepSession()]).catch((error: unknown) =>
        log.warning('This server could not announce itself', { error }),
      );
    });
  }

  override async leave(): Promise<void> {
    this.beat?.stop();
    this.beat = undefined;
    await this.query(`DELETE FROM server_processes WHERE id = '${this.id}'`).catch(() => undefined);
    const { session } = this;
    this.session = undefined;
    await session?.close();
  }

  override async alone<T>(work: () => Promise<T>): Promise<T> {
    let result: T | undefined;
    // A server that starts meanwhile waits before it looks at the schema.
    await this.whileLocked(async (source) => {
      await this.requireNoOthers(source);
      result = await work();
    });
    return result as T;
  }

  private async requireNoOthers(source: Source): Promise<void> {
    const firstSeen = new Map<string, number>();
    for (;;) {
      const others = await this.others(source);
      const working: string[] = [];
      for (const { id, host, seenAtMs } of others) {
        const isBeating = seenAtMs > (firstSeen.get(id) ?? seenAtMs);
        if (isBeating || (await this.hasSession(source, id))) working.push(host);
        if (!firstSeen.has(id)) firstSeen.set(id, seenAtMs);
      }
      if (working.length > 0) throw inUse(`other servers (${working.join(', ')})`);
      if (others.every(({ silenceMs }) => silenceMs > SILENCE_WITHOUT_SESSION_MS)) return;
      // Not the clock of this process: what is waited for happens by that of the database.
      await new SystemClock().sleep(LOOK_INTERVAL_MS);
    }
  }

  private async hasSession(source: Source, id: string): Promise<boolean> {
    const lock = processLock(source, this.databaseUrl, lockOf(id));
    try {
      return !(await lock.take());
    } finally {
      await lock.release();
    }
  }

  /** A session that was lost is opened again. */
  private async keepSession(): Promise<void> {
    const { session } = this;
    if (!session) return;
    try {
      await session.lock.requireHeld();
    } catch {
      const next = await this.openSession();
      // It may have left meanwhile.
      if (this.session === session) this.session = next;
      else await next.close();
      await session.close();
    }
  }

  private async openSession(): Promise<Session> {
    const source = await this.openSource(1);
    const lock = processLock(source, this.databaseUrl, lockOf(this.id));
    const close = async (): Promise<void> => {
      await lock.release();
      await closed(source);
    };
    try {
      await takeInTime(lock, 0);
      return { lock, close };
    } catch (error) {
      await close();
      throw error;
    }
  }

  private openSource(databasePoolSize: number): Promise<Source> {
    const { databaseUrl } = this;
    return createDataSource({ databaseUrl, databasePoolSize }, { entities: [], migrations: [] }).initialize();
  }

  private async whileLocked(work: (source: Source) => Promise<void>): Promise<void> {
    // One connection holds the lock, the other one looks.
    const source = await this.openSource(2);
    try {
      await whileLocked(source, this.databaseUrl, () => work(source));
    } finally {
      await closed(source);
    }
  }

  private async others(source: Source): Promise<Seen[]> {
    const rows = await source
      .query<{ id: string; host: string; seen: number | string; silence: number | string }[]>(
        `SELECT id, host, seen_at_ms AS seen, ${this.now} - seen_at_ms AS silence FROM server_processes WHERE id <> '${this.id}' AND seen_at_ms > ${this.now} - ${SILENCE_MS}`,
      )
      .catch((error: unknown) => {
        // Without the table no server of today has been here.
        if (isTableMissing(error)) return [];
        throw error;
      });
    return rows.map(({ id, host, seen, silence }) => ({
      id,
      host,
      seenAtMs: Number(seen),
      silenceMs: Number(silence),
    }));
  }

  private async say(): Promise<void> {
    const host = hostname().replaceAll(/[^\w.-]/g, '').slice(0, 255); // prettier-ignore
    const row = `('${this.id}', '${host}', ${this.now})`;
    const conflict = this.databaseUrl.startsWith('postgres')
      ? 'ON CONFLICT (id) DO UPDATE SET seen_at_ms = excluded.seen_at_ms'
      : 'ON DUPLICATE KEY UPDATE seen_at_ms = VALUES(seen_at_ms)';
    await this.query(`INSERT INTO server_processes (id, host, seen_at_ms) VALUES ${row} ${conflict}`);
    await this.query(`DELETE FROM server_processes WHERE seen_at_ms < ${this.now} - ${FORGET_MS}`);
  }

  private async query(sql: string): Promise<void> {
    await this.database?.run((manager) => manager.query(sql));
  }
}

type Source = ReturnType<typeof createDataSource>;

/** Another server, as it was last heard of by the clock of the database. */
interface Seen {
  readonly id: string;
  readonly host: string;
  readonly seenAtMs: number;
  readonly silenceMs: number;
}

/** A connection that holds the lock of one server. */
interface Session {
  readonly lock: ProcessLock;
  close(): Promise<void>;
}

function lockOf(id: string): string {
  return `server-${id.replaceAll(/[^\w-]/g, '')}`;
}

async function closed(source: Source): Promise<void> {
  await source.destroy().catch((error: unknown) => log.warning('A connection was not closed', { error }));
}

function isTableMissing(error: unknown): boolean {
  const { driverError } = error as { driverError?: { code?: string } };
  return ['42P01', 'ER_NO_SUCH_TABLE'].includes(driverError?.code ?? '');
}
