import { hostname } from 'node:os';
import { Clock, type Stoppable } from '#libs/clock';
import { newId } from '#libs/ids';
import { getLogger } from '#libs/log';
import { createDataSource, whileLocked, type Database } from '../../database/index.js';
import { inUse } from '../backup.errors.js';
import { Presence } from '../presence.js';

const BEAT_INTERVAL_MS = 5_000;
/** Who has not been seen for this long is gone. */
const SILENCE_MS = 30_000;
const FORGET_MS = 86_400_000;

/** The time of the database server, in milliseconds: the clocks of replicas differ. */
const now = {
  postgres: 'CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS bigint)',
  mysql: 'CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)',
};

const log = getLogger('backup');

/** Replicas of one database server: each says every few seconds that it is there. */
export class SqlPresence extends Presence {
  private readonly id = newId();
  private readonly now: string;
  private beat: Stoppable | undefined;

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
    await this.whileLocked(() => this.say());
    this.beat = this.clock.every(BEAT_INTERVAL_MS, () => {
      this.say().catch((error: unknown) => log.warning('This server could not announce itself', { error }));
    });
  }

  override async leave(): Promise<void> {
    this.beat?.stop();
    this.beat = undefined;
    await this.query(`DELETE FROM server_processes WHERE id = '${this.id}'`).catch(() => undefined);
  }

  override async alone<T>(work: () => Promise<T>): Promise<T> {
    let result: T | undefined;
    // A server that starts meanwhile waits before it looks at the schema.
    await this.whileLocked(async (query) => {
      const others = await this.others(query);
      if (others.length > 0)
        throw inUse(`other servers (${others.join(', ')}, seen in the last ${SILENCE_MS / 1_000} s)`);
      result = await work();
    });
    return result as T;
  }

  private async whileLocked(work: (query: (sql: string) => Promise<unknown>) => Promise<void>): Promise<void> {
    // One connection holds the lock, the other one looks.
    const connection = { databaseUrl: this.databaseUrl, databasePoolSize: 2 };
    const source = await createDataSource(connection, { entities: [], migrations: [] }).initialize();
    try {
      await whileLocked(source, this.databaseUrl, () => work((sql) => source.query(sql)));
    } finally {
      await source.destroy().catch((error: unknown) => log.warning('A connection was not closed', { error }));
    }
  }

  private async others(query: (sql: string) => Promise<unknown>): Promise<string[]> {
    const rows = (await query(
      `SELECT host FROM server_processes WHERE id <> '${this.id}' AND seen_at_ms > ${this.now} - ${SILENCE_MS}`,
    ).catch((error: unknown) => {
      // Without the table no server of today has been here.
      if (isTableMissing(error)) return [];
      throw error;
    })) as { host: string }[];
    return rows.map(({ host }) => host);
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

function isTableMissing(error: unknown): boolean {
  const { driverError } = error as { driverError?: { code?: string } };
  return ['42P01', 'ER_NO_SUCH_TABLE'].includes(driverError?.code ?? '');
}
