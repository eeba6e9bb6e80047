import { createPool, type Pool, type PoolConnection, type RowDataPacket, type ResultSetHeader } from 'mysql2';
import type { Clock } from '../../clock/index.js';
import { Deadline } from '../deadline.js';
import { StateUnavailable } from '../errors.js';

type Value = string | number | null;
/** Columns in order; bytes come as Buffer. */
export type Row = readonly (string | number | Buffer | null)[];

export interface Outcome {
  readonly rows: readonly Row[];
  readonly affectedRows: number;
}

/** InnoDB ends one of two transactions that wait for each other; that one is simply run again. */
const deadlockRetriesMax = 5;
const serverSettings = [
  // Instants are computed from the session's local time: in UTC none occurs twice.
  "SET time_zone = '+00:00'",
  // No gap locks: keys that appear at once do not wait for their neighbours.
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
];

/** Connections that are replaced when lost, and calls that never take longer than the time-out. */
export class MysqlPool {
  private readonly pool: Pool;
  private readonly deadline: Deadline;

  constructor(url: string, poolSize: number, timeoutMs: number, clock: Clock) {
    this.deadline = new Deadline('mysql', clock, timeoutMs);
    this.pool = createPool({
      uri: url,
      connectionLimit: poolSize,
      connectTimeout: timeoutMs,
      // No column is read as a collation's text, and affected rows means found rows on every version.
      charset: 'utf8mb4_bin',
      flags: ['FOUND_ROWS'],
      rowsAsArray: true,
      supportBigNumbers: true,
    });
    this.pool.on('connection', (connection) => {
      for (const setting of serverSettings) connection.query(setting, ignore);
    });
  }

  /** One prepared statement, one round trip. */
  execute(sql: string, values: readonly Value[]): Promise<Outcome> {
    return this.use((session) => session.execute(sql, values));
  }

  /** Runs `work` in a transaction on one connection; again when it was chosen to end a deadlock. */
  transaction<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    return this.use(async (session) => {
      await session.query('START TRANSACTION');
      try {
        const result = await work(session);
        await session.query('COMMIT');
        return result;
      } catch (error) {
        await session.query('ROLLBACK');
        throw error;
      }
    });
  }

  /** Lends a connection; one that does not answer in time is closed. */
  use<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    let lent: PoolConnection | undefined;
    let late = false;
    const isLate = (): boolean => late;
    const run = async (): Promise<Result> => {
      const connection = await this.connect();
      if (isLate()) {
        connection.release();
        throw new StateUnavailable('mysql: too late');
      }
      lent = connection;
      try {
        return await withoutDeadlock(() => work(sessionOf(connection)));
      } finally {
        if (!isLate()) connection.release();
      }
    };
    return this.deadline.run(run(), () => {
      late = true;
      lent?.destroy();
    });
  }

  async close(): Promise<void> {
    const ended = new Promise<void>((resolve) => this.pool.end(() => resolve()));
    await this.deadline.run(ended).catch(() => undefined);
  }

  private connect(): Promise<PoolConnection> {
    return new Promise((resolve, reject) => {
      this.pool.getConnection((refusal, connection) => {
        if (refusal) reject(refusal);
        else resolve(connection);
      });
    });
  }
}

/** Statements on one connection. */
export interface Session {
  /** Prepared once per connection. */
  execute(sql: string, values: readonly Value[]): Promise<Outcome>;
  /** Sent as text, for what cannot be prepared. */
  query(sql: string): Promise<Outcome>;
}

function sessionOf(connection: PoolConnection): Session {
  const outcome = (start: (done: (error: Error | null, result: Result) => void) => void): Promise<Outcome> =>
    new Promise((resolve, reject) => {
      start((error, result) => {
        if (error) reject(error);
        else resolve(outcomeOf(result));
      });
    });
  return {
    execute: (sql, values) => outcome((done) => connection.execute<Result>(sql, values as Value[], done)),
    query: (sql) => outcome((done) => connection.query<Result>(sql, done)),
  };
}

async function withoutDeadlock<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let retries = 0; ; retries += 1) {
    try {
      return await work();
    } catch (error) {
      const deadlock = error instanceof Error && 'code' in error && error.code === 'ER_LOCK_DEADLOCK';
      if (!deadlock || retries === deadlockRetriesMax) throw error;
    }
  }
}

type Result = RowDataPacket[] | RowDataPacket[][] | ResultSetHeader | ResultSetHeader[];

/** A procedure answers its result sets and then a header; we want the first set. */
function outcomeOf(result: Result): Outcome {
  if (!Array.isArray(result)) return { rows: [], affectedRows: result.affectedRows };
  const last = result.at(-1) as unknown;
  const calls = last !== undefined && !Array.isArray(last);
  const rows = (calls ? result[0] : result) as unknown;
  return { rows: Array.isArray(rows) ? (rows as Row[]) : [], affectedRows: 0 };
}

function ignore(): void {
  // A setting that fails means a lost connection, which the call that follows on it reports.
}
