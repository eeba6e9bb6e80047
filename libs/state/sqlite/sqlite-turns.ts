import type { Database } from 'better-sqlite3';
import type { Clock } from '../../clock/index.js';
import { StateUnavailable } from '../errors.js';
import { nowSql } from './sqlite-schema.js';

interface Turn {
  readonly work: (nowMs: number) => unknown;
  readonly resolve: (value: never) => void;
  readonly reject: (error: unknown) => void;
  readonly deadlineMs: number;
}

/** Works done in one transaction at most, so that a burst cannot hold the event loop or the file for long. */
const turnsPerTransactionMax = 128;
/** Works waiting at most; more are refused, for a queue without a bound only hides an overload. */
const turnsWaitingMax = 20_000;
const busyWaitMs = 1;

/**
 * Gives works their turn in BEGIN IMMEDIATE transactions. Works that arrive in the same turn of the event loop share one
 * transaction. While another process writes, the event loop goes on and the transaction is tried again.
 */
export class SqliteTurns {
  private waiting: Turn[] = [];
  private scheduled = false;
  private readonly closing = new AbortController();
  private readonly statements;

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
    private readonly timeoutMs: number,
  ) {
    this.statements = {
      begin: database.prepare('BEGIN IMMEDIATE'),
      commit: database.prepare('COMMIT'),
      rollback: database.prepare('ROLLBACK'),
      now: database.prepare<[], number>(`SELECT ${nowSql}`).pluck(),
    };
  }

  /** Runs `work` alone or with its neighbours in a transaction; `nowMs` is the store's clock, read under the write lock. */
  run<Result>(work: (nowMs: number) => Result): Promise<Result> {
    if (this.closing.signal.aborted) return Promise.reject(new StateUnavailable('sqlite: closed'));
    if (this.waiting.length >= turnsWaitingMax)
      return Promise.reject(new StateUnavailable('sqlite: too many calls waiting'));
    return new Promise((resolve, reject) => {
      this.waiting.push({ work, resolve, reject, deadlineMs: this.clock.monotonicMs() + this.timeoutMs });
      this.schedule();
    });
  }

  /** Runs one SELECT at once, without the write lock; while the file is locked whole (recovery), it waits for a turn. */
  async read<Result>(select: (nowMs: number) => Result): Promise<Result> {
    if (this.closing.signal.aborted) throw new StateUnavailable('sqlite: closed');
    try {
      return select(this.statements.now.get() ?? 0);
    } catch (error) {
      if (error instanceof Error && isBusy(error)) return this.run(select);
      throw unavailable(error);
    }
  }

  close(): void {
    this.closing.abort();
    for (const turn of this.waiting.splice(0)) turn.reject(new StateUnavailable('sqlite: closed'));
  }

  private schedule(): void {
    if (this.scheduled || this.closing.signal.aborted) return;
    this.scheduled = true;
    setImmediate(() => this.takeTurns());
  }

  private takeTurns(): void {
    this.scheduled = false;
    if (this.closing.signal.aborted || this.waiting.length === 0) return;
    const refusal = this.begin();
    if (refusal) {
      this.waitOrFail(refusal);
      return;
    }
    const turns = this.waiting.splice(0, turnsPerTransactionMax);
    this.commitTogether(turns);
    if (this.waiting.length > 0) this.schedule();
  }

  private begin(): Error | undefined {
    try {
      this.statements.begin.run();
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }

  private waitOrFail(refusal: Error): void {
    const nowMs = this.clock.monotonicMs();
    const failed = isBusy(refusal) ? this.waiting.filter((turn) => turn.deadlineMs <= nowMs) : this.waiting;
    this.waiting = this.waiting.filter((turn) => !failed.includes(turn));
    for (const turn of failed) turn.reject(unavailable(refusal));
    if (this.waiting.length === 0) return;
    this.scheduled = true;
    // A sleep, not a timer: it keeps a process alive that has nothing to do but this.
    void this.clock.sleep(busyWaitMs, this.closing.signal).then(() => this.takeTurns());
  }

  private commitTogether(turns: readonly Turn[]): void {
    try {
      const nowMs = this.statements.now.get() ?? 0;
      const results = turns.map((turn) => turn.work(nowMs) as never);
      this.statements.commit.run();
      turns.forEach((turn, index) => turn.resolve(results[index] as never));
    } catch (error) {
      if (this.database.inTransaction) this.statements.rollback.run();
      this.apart(turns, error);
    }
  }

  /** One of several works failed and took the others with it: each gets its own transaction, so only the guilty one fails. */
  private apart(turns: readonly Turn[], error: unknown): void {
    const [first, ...others] = turns;
    if (!first) return;
    if (others.length === 0) {
      first.reject(unavailable(error));
      return;
    }
    for (const turn of turns) {
      const refusal = this.begin();
      if (refusal) turn.reject(unavailable(refusal));
      else this.commitTogether([turn]);
    }
  }
}

function isBusy(error: Error): boolean {
  return 'code' in error && typeof error.code === 'string' && error.code.startsWith('SQLITE_BUSY');
}

function unavailable(error: unknown): StateUnavailable {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed';
  return new StateUnavailable(`sqlite: ${code}`, { cause: error });
}
