import { getLogger } from '#libs/log';
import { createDataSource, dialectOf, processLock, takeInTime } from '../../database/index.js';
import { busy } from '../backup.errors.js';
import { Turns, type Turn } from '../turns.js';

const log = getLogger('backup');

/**
 * Whose turn it is says a lock on the database that the backups are of: it ends with the process that holds it, so nobody waits for
 * one that was killed, and nothing but the database must be there.
 */
export class DatabaseTurns extends Turns {
  constructor(private readonly databaseUrl: string) {
    super();
  }

  override async take<T>(waitMs: number, work: (turn: Turn) => Promise<T>): Promise<T> {
    const { databaseUrl } = this;
    const source = createDataSource({ databaseUrl, databasePoolSize: 1 }, { entities: [], migrations: [] });
    // The lock of SQLite is a file of its own: the database may be damaged, or not there.
    if (dialectOf(databaseUrl).name !== 'sqlite') await source.initialize();
    const lock = processLock(source, databaseUrl, 'backup');
    try {
      if (!(await takeInTime(lock, waitMs))) throw busy('Work on backups by another process');
      return await work({ confirm: () => lock.requireHeld() });
    } finally {
      await lock.release();
      if (source.isInitialized)
        await source.destroy().catch((error: unknown) => log.warning('A connection was not closed', { error }));
    }
  }
}
