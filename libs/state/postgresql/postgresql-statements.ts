import type { Statement } from './postgresql-pool.js';

const alive = '(expires_at IS NULL OR expires_at > state_now_ms())';
const aliveEntry = alive.replaceAll('expires_at', 'state_entries.expires_at');

const texts = {
  now: 'SELECT state_now_ms()',
  read: `SELECT value FROM state_entries WHERE key = $1 AND ${alive}`,
  write: `INSERT INTO state_entries (key, value, expires_at) VALUES ($1, $2, $3)
          ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at`,
  writeIfAbsent: `INSERT INTO state_entries (key, value, expires_at) VALUES ($1, $2, $3)
                  ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
                  WHERE NOT ${aliveEntry} RETURNING true`,
  replaceEqual: `UPDATE state_entries SET value = $3, expires_at = $4 WHERE key = $1 AND value = $2 AND ${alive} RETURNING true`,
  removeEqual: `DELETE FROM state_entries WHERE key = $1 AND value = $2 AND ${alive} RETURNING true`,
  remove: `DELETE FROM state_entries WHERE key = $1 RETURNING ${alive}`,
  removeRanges: `WITH removed AS (
                   DELETE FROM state_entries
                   WHERE (key >= $1 AND key < $2) OR (key >= $3 AND key < $4) OR (key >= $5 AND key < $6)
                   RETURNING ${alive} AS alive)
                 SELECT count(*) FILTER (WHERE alive) FROM removed`,
  increment: `INSERT INTO state_entries (key, value, expires_at) VALUES ($1, ($2::bigint)::text, $3)
              ON CONFLICT (key) DO UPDATE SET
                value = CASE WHEN ${aliveEntry} THEN (state_entries.value::bigint + $2::bigint)::text ELSE excluded.value END,
                expires_at = CASE WHEN ${aliveEntry} THEN state_entries.expires_at ELSE excluded.expires_at END
              RETURNING value`,
  mergeFields: `INSERT INTO state_entries (key, value, expires_at) VALUES ($1, $2, $3)
                ON CONFLICT (key) DO UPDATE SET
                  value = CASE WHEN ${aliveEntry} THEN (state_entries.value::jsonb || excluded.value::jsonb)::text
                               ELSE excluded.value END,
                  expires_at = CASE WHEN ${aliveEntry} THEN coalesce(excluded.expires_at, state_entries.expires_at)
                                    ELSE excluded.expires_at END`,
  // A hash without fields counts as absent, so its empty row may stay until it expires or is swept as expired.
  removeField: `UPDATE state_entries SET
                  value = (value::jsonb - $2::text)::text,
                  expires_at = CASE WHEN value::jsonb - $2::text = '{}' THEN 0 ELSE expires_at END
                WHERE key = $1 AND ${alive} AND value::jsonb ? $2::text RETURNING true`,
  acquireLease: `INSERT INTO state_leases AS last (name, holder, token, expires_at)
                 VALUES ($1, $2, state_now_ms() * 1000, state_now_ms() + $3::bigint)
                 ON CONFLICT (name) DO UPDATE SET
                   holder = excluded.holder,
                   token = greatest(last.token + 1, state_now_ms() * 1000),
                   expires_at = state_now_ms() + $3::bigint
                 WHERE last.expires_at <= state_now_ms() RETURNING token, expires_at`,
  moveLease: `UPDATE state_leases SET expires_at = state_now_ms() + $4::bigint
              WHERE name = $1 AND holder = $2 AND token = $3::bigint AND expires_at > state_now_ms() RETURNING expires_at`,
  notify: 'SELECT pg_notify($1, $2)',
  sweepEntries: sweep('state_entries', 'key'),
  sweepWindows: sweep('state_windows', 'key'),
  sweepCounters: sweep('state_window_counters', 'key'),
  sweepLeases: sweep('state_leases', 'name'),
} as const;

/** Rows in use are left for the next pass. The instant is a subquery, so that it is read once and the index on it serves. */
function sweep(table: string, id: string): string {
  return `WITH expired AS (SELECT ${id} FROM ${table} WHERE expires_at <= (SELECT state_now_ms() - $1::bigint)
                           LIMIT $2::integer FOR UPDATE SKIP LOCKED),
          removed AS (DELETE FROM ${table} USING expired WHERE ${table}.${id} = expired.${id} RETURNING 1)
          SELECT count(*) FROM removed`;
}

/** The store's statements, each prepared once per connection under its own name. */
export const statements = Object.fromEntries(
  Object.entries(texts).map(([name, text]) => [name, { name: `state_${name}`, text }]),
) as Record<keyof typeof texts, Statement>;
