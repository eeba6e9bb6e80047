import pg from 'pg';
import type { Clock } from '../../clock/index.js';
import { Deadline } from '../deadline.js';
import { StateUnavailable } from '../errors.js';

/** A statement that every connection prepares once under its name. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

type Value = string | number | null | readonly string[] | readonly number[];
export type Row = readonly (string | number | boolean | null)[];

/** Connections that are replaced when lost, and calls that never take longer than the time-out. */
export class PostgresqlPool {
  private readonly pool: pg.Pool;
  readonly deadline: Deadline;

  constructor(url: string, poolSize: number, timeoutMs: number, clock: Clock) {
    this.deadline = new Deadline('postgresql', clock, timeoutMs);
    this.pool = new pg.Pool({
      connectionString: url,
      max: poolSize,
      connectionTimeoutMillis: timeoutMs,
      keepAlive: true,
    });
    // An idle connection that breaks is dropped by the pool; the next call opens another.
    this.pool.on('error', () => undefined);
    // One that breaks while it is lent says so to its call, and to these listeners, without which the process would end.
    this.pool.on('connect', (client) => client.on('error', () => undefined));
  }

  /** Rows as arrays. The statement is one round trip once the connection has prepared it. */
  query(statement: Statement, values: readonly Value[]): Promise<Row[]> {
    return this.use(async (client) => {
      const result = await client.query<never>({ ...statement, values: values as Value[], rowMode: 'array' });
      return result.rows;
    });
  }

  /** Lends a connection; one that does not answer in time is closed. */
  use<Result>(work: (client: pg.PoolClient) => Promise<Result>): Promise<Result> {
    let lent: pg.PoolClient | undefined;
    let late = false;
    const isLate = (): boolean => late;
    const run = async (): Promise<Result> => {
      const client = await this.pool.connect();
      if (isLate()) {
        client.release();
        throw new StateUnavailable('postgresql: too late');
      }
      lent = client;
      try {
        const result = await work(client);
        if (!isLate()) client.release();
        return result;
      } catch (error) {
        // After an error that is not the server's answer the connection's state is unknown.
        if (!isLate()) client.release(!(error instanceof pg.DatabaseError));
        throw error;
      }
    };
    return this.deadline.run(run(), () => {
      late = true;
      lent?.release(true);
    });
  }

  /** A connection outside the pool, for listening. */
  connection(): pg.Client {
    return new pg.Client({ ...this.pool.options, keepAlive: true });
  }

  async close(): Promise<void> {
    await this.deadline.run(this.pool.end()).catch(() => undefined);
  }
}
