import type { ChainHead } from '#libs/audit-chain';
import { queryPrepared, type Database } from '../../database/index.js';
import type { AuditEntry } from '../audit-entry.js';
import { entryColumns, typed, valuesOf } from './entry-row.js';
import { Parameters } from './parameters.js';

/** Rows, the end of the chain that they follow, and the end after them. */
export interface Addition {
  readonly before: ChainHead;
  readonly entries: readonly AuditEntry[];
  readonly after: ChainHead;
}

/** Adds the rows in one round trip, if the chain still ends where it is told to; false when it does not, and nothing has happened. */
export type AppendAtOnce = (addition: Addition) => Promise<boolean>;

/** How this database does it, or undefined where it cannot. */
export async function appendAtOnceOn(database: Database): Promise<AppendAtOnce | undefined> {
  if (database.dialect.changesInWith) return (addition) => inOneStatement(database, addition);
  return (await database.product()) === 'MariaDB' ? (addition) => inOneBlock(database, addition) : undefined;
}

/** A WITH clause that changes data. */
async function inOneStatement(database: Database, { before, entries, after }: Addition): Promise<boolean> {
  const parameters = new Parameters(database.dialect);
  const moved = `${moveOn(before, after, parameters)} RETURNING id`;
  const rows = entries.map((entry, index) => {
    const places = valuesOf(entry).map((value) => parameters.place(value));
    return `(${(index === 0 ? typed(places) : places).join(', ')})`;
  });
  const text = `WITH moved AS (${moved}) INSERT INTO audit_entries (${entryColumns})
    SELECT new.* FROM (VALUES ${rows.join(', ')}) AS new, moved RETURNING sequence`;
  const inserted = await run<unknown[]>(database, entries, text, parameters);
  return inserted.length > 0;
}

/** A compound statement of MariaDB, which holds a transaction of its own. */
async function inOneBlock(database: Database, { before, entries, after }: Addition): Promise<boolean> {
  const parameters = new Parameters(database.dialect);
  const moved = moveOn(before, after, parameters);
  const rows = entries.map((entry) => `(${parameters.places(valuesOf(entry))})`);
  const block = `BEGIN NOT ATOMIC
    DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN ROLLBACK; RESIGNAL; END;
    START TRANSACTION;
    ${moved};
    IF ROW_COUNT() = 1 THEN
      INSERT INTO audit_entries (${entryColumns}) VALUES ${rows.join(', ')};
      COMMIT;
      SELECT 1 AS appended;
    ELSE
      ROLLBACK;
      SELECT 0 AS appended;
    END IF;
  END`;
  const [[told]] = await run<[[{ appended: number }], unknown]>(database, entries, block, parameters);
  return told.appended === 1;
}

/** Planning takes three times as long as carrying out; batches are of many sizes, and pay that once for all their rows. */
function run<Rows>(
  database: Database,
  entries: readonly AuditEntry[],
  text: string,
  { values }: Parameters,
): Promise<Rows> {
  return database.statement((manager) =>
    entries.length === 1
      ? queryPrepared<Rows>(manager, { name: 'audit_append', text }, values)
      : manager.query<Rows>(text, values),
  );
}

/** Matches no row unless the chain ends where it did. */
function moveOn(before: ChainHead, after: ChainHead, parameters: Parameters): string {
  return `UPDATE audit_head SET ${headColumns(after, parameters)} WHERE id = 1 AND sequence = ${parameters.place(before.sequence)} AND hash = ${parameters.place(before.hash)}`;
}

/** What says where the chain ends. */
export function headColumns({ sequence, hash, timeMs }: ChainHead, parameters: Parameters): string {
  return `sequence = ${parameters.place(sequence)}, hash = ${parameters.place(hash)}, created_at_ms = ${parameters.place(timeMs)}`;
}
