import type { Clock } from '#libs/clock';
import type { Config } from '../../config/index.js';
import { dialectOf, type Database } from '../../database/index.js';
import type { Presence } from '../presence.js';
import { SqlPresence } from './sql-presence.js';
import { SqlitePresence } from './sqlite-presence.js';

/** How servers of the database that the settings name know of each other. */
export function createPresence(config: Config, database: Database | undefined, clock: Clock): Presence {
  const { databaseUrl } = config.settings;
  return dialectOf(databaseUrl).name === 'sqlite'
    ? new SqlitePresence(databaseUrl, config.isAlone)
    : new SqlPresence(databaseUrl, database, clock);
}
