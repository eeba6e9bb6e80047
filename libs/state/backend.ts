import type { Clock } from '../clock/index.js';
import { checkKeyPrefix } from './limits.js';
import type { SlidingWindow } from './sliding-window.js';
import type { StateStore } from './state-store.js';

export type StateBackendKind = 'memory' | 'sqlite' | 'redis' | 'postgresql' | 'mysql';

export interface StateBackendOptions {
  readonly kind: StateBackendKind;
  /** `sqlite:///absolute/state.db`, `redis://` or `rediss://`, `postgres://`, `mysql://`; ignored by `memory`. */
  readonly url: string;
  /** Connections to PostgreSQL or MySQL; Redis needs one (and one for subscriptions), SQLite has one. */
  readonly poolSize: number;
  /** Longest any call may take before it fails with `StateUnavailable`. */
  readonly timeoutMs: number;
  /** Put before every key, so that installations can share a store. */
  readonly keyPrefix: string;
  /** Measures time-outs and paces sweeps. What expires when is decided on the store's own clock (memory has only this). */
  readonly clock: Clock;
}

/** One connected store with everything it offers. */
export interface StateBackend {
  /** What people call the store that is there: `MariaDB`, where that answers to the name of MySQL. */
  readonly product: string;
  readonly store: StateStore;
  readonly window: SlidingWindow;
  /** Resolves when the store answers; rejects with `StateUnavailable`. */
  ping(): Promise<void>;
  /** Removes up to a bounded number of expired rows and answers how many; runs by itself every ten seconds. */
  sweep(): Promise<number>;
  /** Ends subscriptions and connections; calls under way may fail. Closing twice is harmless. */
  close(): Promise<void>;
}

/**
 * Opens a store and creates its tables where they are missing; many processes may do so at once.
 * Only the driver asked for is loaded. Rejects with `StateUnavailable` when the store cannot be reached.
 */
export async function openStateBackend(options: StateBackendOptions): Promise<StateBackend> {
  checkKeyPrefix(options.keyPrefix);
  switch (options.kind) {
    case 'memory':
      return (await import('./memory/memory-backend.js')).openMemory(options);
    case 'sqlite':
      return (await import('./sqlite/sqlite-backend.js')).openSqlite(options);
    case 'redis':
      return (await import('./redis/redis-backend.js')).openRedis(options);
    case 'postgresql':
      return (await import('./postgresql/postgresql-backend.js')).openPostgresql(options);
    case 'mysql':
      return (await import('./mysql/mysql-backend.js')).openMysql(options);
  }
}
