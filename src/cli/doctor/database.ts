import { sqliteFile } from '../../database/index.js';
import { sharedDatabaseFindings } from './drivers/shared-database.js';
import { sqliteFindings } from './drivers/sqlite-database.js';
import type { Check } from './finding.js';

/** Database problems: lock, open connections, WAL, integrity; and whether the schema fits. */
export const databaseCheck: Check = {
  name: 'database',
  run: async (world) => {
    const { databaseUrl } = world.config.settings;
    if (!databaseUrl.startsWith('sqlite:')) return sharedDatabaseFindings(world);
    const findings = await sqliteFindings(sqliteFile(databaseUrl), world.empties);
    // A damaged or locked file, or one that is not there, is not touched again.
    return findings.some(({ status }) => status !== 'ok')
      ? findings
      : [...findings, ...(await sharedDatabaseFindings(world))];
  },
};
