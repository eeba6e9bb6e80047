import { AsyncLocalStorage } from 'node:async_hooks';
import { randomInt } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import { SystemClock } from '#libs/clock';
import { dialectOf, type Dialect } from './dialect.js';
import { Exclusive } from './exclusive.js';
import { isTransient } from './errors.js';
import { Gate } from './gate.js';
import { endFailedTransaction } from './transaction-ends.js';
import { WriteAheadLog } from './write-ahead-log.js';

export type Work<T> = (manager: EntityManager) => Promise<T>;

/** How often a transaction is tried again after a deadlock or a serialization failure. */
const TRANSACTION_ATTEMPTS_MAX = 10;
const TRANSACTION_PAUSE_MS = 10;

interface Ambient {
  readonly manager: EntityManager;
  readonly afterCommit: (() => void)[];
}

/**
 * The only way to the SQL connection; joins the caller's transaction when there is one.
 * On SQLite all callers share one connection, so they take turns: otherwise one caller's rollback would silently
 * take back rows that another one has written meanwhile.
 */
export class Database {
  readonly dialect: Dialect;
  private readonly ambient = new AsyncLocalStorage<Ambient>();
  private readonly turn: Pick<Exclusive, 'run'>;
  private readonly clock = new SystemClock();
  private readonly gate = new Gate(this.clock);
  /** Of SQLite while no other process could see what is not yet durable; other databases wait for the disk elsewhere. */
  private readonly log: WriteAheadLog | undefined;
  private learnedProduct: string | undefined;

  constructor(
    private readonly source: DataSource,
    databaseUrl: string,
    /** No other process serves from the same records. */
    isAlone = false,
  ) {
    this.dialect = dialectOf(databaseUrl);
    this.turn = this.dialect.sharedConnection ? new Exclusive() : { run: (work) => work() };
    this.log = isAlone ? WriteAheadLog.of(source, databaseUrl) : undefined;
  }

  /** Whether the caller's work would join an open transaction. */
  get isInTransaction(): boolean {
    return this.ambient.getStore() !== undefined;
  }

  /** Whether callers wait outside at the moment. */
  get isClosed(): boolean {
    return this.gate.isClosed;
  }

  /**
   * Runs `work`, which may use the database, while nobody else does: who is inside finishes first, who comes waits. For what
   * replaces the records as a whole.
   * @throws Error when those inside do not finish in time; then nothing was done.
   */
  whileClosed<T>(work: () => Promise<T>): Promise<T> {
    return this.gate.whileClosed(work);
  }

  /** Runs `work` on a connection: inside the caller's transaction, or alone. What it has read is durable when it settles. */
  run<T>(work: Work<T>): Promise<T> {
    const ambient = this.ambient.getStore();
    return ambient ? work(ambient.manager) : this.settled(() => this.inTurn(() => work(this.source.manager)));
  }

  /**
   * The same for reads alone, but what was read may still be lost with the power: for whoever promises nothing because of it
   * before he has committed something himself.
   */
  peek<T>(work: Work<T>): Promise<T> {
    const ambient = this.ambient.getStore();
    return ambient ? work(ambient.manager) : this.gate.pass(() => this.inTurn(() => work(this.source.manager)));
  }

  /**
   * Runs `work` in a transaction: all of it happens or nothing. Joins a transaction that is already open.
   * `work` may run again after a deadlock, so it must not reach outside the database (no network call, no file).
   */
  async transaction<T>(work: Work<T>): Promise<T> {
    if (this.ambient.getStore()) return this.run(work);
    return this.again(() => this.attempt(work));
  }

  /**
   * Runs `work`, which is one statement and so happens wholly or not at all: what a transaction around it would promise,
   * without asking the database for more than that one thing.
   */
  async statement<T>(work: Work<T>): Promise<T> {
    return this.isInTransaction ? this.run(work) : this.again(() => this.commit(() => work(this.source.manager)));
  }

  private async again<T>(attempt: () => Promise<T>): Promise<T> {
    for (let attempts = 1; ; attempts += 1) {
      try {
        return await attempt();
      } catch (error) {
        if (attempts === TRANSACTION_ATTEMPTS_MAX || !isTransient(error)) throw error;
        // Those who collided must not collide again at the same moment.
        await this.clock.sleep(randomInt(TRANSACTION_PAUSE_MS * attempts));
      }
    }
  }

  /** Proves that the database answers and can be written, by writing one small row. */
  async ping(nowMs: number): Promise<void> {
    await this.run((manager) => manager.query(`UPDATE heartbeat SET at_ms = ${Math.trunc(nowMs)} WHERE id = 1`));
  }

  /** What the server at the other end is: MariaDB answers to the name of MySQL, too. */
  async product(): Promise<string> {
    if (this.dialect.name !== 'mysql') return this.dialect.label;
    if (this.learnedProduct !== undefined) return this.learnedProduct;
    const [row] = await this.run((manager) => manager.query<{ version: string }[]>('SELECT VERSION() AS version'));
    return (this.learnedProduct = row?.version.includes('MariaDB') ? 'MariaDB' : this.dialect.label);
  }

  /** The same as far as it is known without asking. */
  get knownProduct(): string {
    return this.learnedProduct ?? this.dialect.label;
  }

  /** Calls `work` once the open transaction is durable; at once when none is open; never after a rollback. */
  afterCommit(work: () => void): void {
    const ambient = this.ambient.getStore();
    if (ambient) ambient.afterCommit.push(work);
    else work();
  }

  private async attempt<T>(work: Work<T>): Promise<T> {
    const afterCommit: (() => void)[] = [];
    const result = await this.commit(async () => {
      try {
        return await this.source.transaction((manager) =>
          this.ambient.run({ manager, afterCommit }, () => work(manager)),
        );
      } catch (error) {
        endFailedTransaction(this.source);
        throw error;
      }
    });
    for (const announce of afterCommit) announce();
    return result;
  }

  /** Runs `change`; others have their turn as soon as it is committed, and it is durable when this settles. */
  private commit<T>(change: () => Promise<T>): Promise<T> {
    const { log } = this;
    return this.settled(() => this.inTurn(log ? () => log.commit(change) : change));
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.turn.run(() => {
      this.log?.requireWhole();
      return work();
    });
  }

  /** Settles as `work` does, and not before all that it can have seen is durable: nobody is told what a power cut takes back. */
  private settled<T>(work: () => Promise<T>): Promise<T> {
    return this.gate.pass(async () => {
      try {
        return await work();
      } finally {
        if (this.log?.settled) await this.log.settled;
        this.log?.requireWhole();
      }
    });
  }
}
