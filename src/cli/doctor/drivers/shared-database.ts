import type { DataSource } from 'typeorm';
import { createDataSource, hasPendingMigrations } from '../../../database/index.js';
import { schema } from '../../../schema/index.js';
import { ok, fail, warn, type DoctorWorld, type Finding } from '../finding.js';

const SHARE_FULL = 0.9;
const SKEW_MS_MAX = 5_000;

const questions = {
  postgres: `SELECT (SELECT count(*) FROM pg_stat_activity) AS used, current_setting('max_connections') AS most,
    (SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock') AS blocked,
    extract(epoch from clock_timestamp()) * 1000 AS now_ms`,
  mysql: `SELECT (SELECT COUNT(*) FROM information_schema.PROCESSLIST) AS used, @@max_connections AS most,
    (SELECT COUNT(*) FROM information_schema.INNODB_TRX WHERE trx_state = 'LOCK WAIT') AS blocked,
    UNIX_TIMESTAMP(NOW(3)) * 1000 AS now_ms`,
};

/** Whether the schema is the one of this version; for a database server also its connections, locks and clock. */
export async function sharedDatabaseFindings({ config, clock }: DoctorWorld): Promise<Finding[]> {
  const source = createDataSource(config.settings, schema);
  try {
    await source.initialize();
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    return [
      fail(
        'database',
        `Cannot be opened (${code ?? message.slice(0, 200)})`,
        'Check SIMPLETUNER_DATABASE_URL, that the database runs, and its log.',
      ),
    ];
  }
  try {
    const pending = await hasPendingMigrations(source);
    const schemaFinding = pending
      ? warn('database schema', 'Is older than this version', 'Start the server, or run `simpletuner-cloud migrate`.')
      : ok('database schema', 'Is the one of this version');
    return [schemaFinding, ...(await serverFindings(source, clock.now()))];
  } finally {
    await source.destroy();
  }
}

async function serverFindings(source: DataSource, nowMs: number): Promise<Finding[]> {
  const { type } = source.options;
  if (type === 'better-sqlite3') return [];
  const question = type === 'postgres' ? questions.postgres : questions.mysql;
  const [row] = await source.query<{ used: string; most: string; blocked: string; now_ms: string }[]>(question);
  const [used, most, blocked, theirMs] = [row?.used, row?.most, row?.blocked, row?.now_ms].map(Number) as [
    number,
    number,
    number,
    number,
  ];
  const skewMs = Math.round(theirMs - nowMs);
  return [
    used > most * SHARE_FULL
      ? warn(
          'database open connections',
          `${used} of ${most}`,
          'Raise max_connections, or lower SIMPLETUNER_DATABASE_POOL_SIZE.',
        )
      : ok('database open connections', `${used} of ${most}`),
    blocked > 0
      ? warn(
          'database lock',
          `${blocked} statements wait for locks`,
          'Look at pg_stat_activity or SHOW PROCESSLIST for the transaction that holds them.',
        )
      : ok('database lock', 'No statement waits for a lock'),
    Math.abs(skewMs) > SKEW_MS_MAX
      ? warn(
          'clock',
          `The clock of the database is ${skewMs} ms ahead of this machine’s`,
          'Synchronise both (chrony, systemd-timesyncd).',
        )
      : ok('clock', `Agrees with the database within ${Math.abs(skewMs)} ms`),
  ];
}
