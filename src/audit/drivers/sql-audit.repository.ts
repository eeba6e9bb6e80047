import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import type { ChainHead } from '#libs/audit-chain';
import { Database } from '../../database/index.js';
import type { AuditEntry, EntryDraft, Link } from '../audit-entry.js';
import {
  AuditRecordLost,
  AuditRepository,
  type AuditFilter,
  type AuditPage,
  type WalkRange,
} from '../audit.repository.js';
import { appendAtOnceOn, headColumns } from './append-at-once.js';
import { conditions, isByTypeOnly, typeCondition, where } from './entry-filter.js';
import { entryColumns, toEntry, valuesOf, type EntryRow } from './entry-row.js';
import { Parameters } from './parameters.js';

const WALK_PAGE_ROWS = 500;

/**
 * Counts up to the last counted row are kept; the few rows since then are counted as they are asked for. Both ends of the
 * range are given, or PostgreSQL expects a third of the table there and starts workers for it.
 */
const COUNTS = `
  SELECT type, SUM(entries) AS entries FROM (
    SELECT type, entries FROM audit_counts
    UNION ALL
    SELECT type, COUNT(*) AS entries FROM audit_entries
    WHERE sequence > (SELECT counted_through FROM audit_progress WHERE id = 1)
      AND sequence <= (SELECT sequence FROM audit_head WHERE id = 1)
    GROUP BY type
  ) AS counted GROUP BY type`;

@Injectable()
export class SqlAuditRepository extends AuditRepository {
  private readonly headQuery: string;
  /** Where this process has left the chain, and whether nobody else had written when it last came there. */
  private own: ChainHead | undefined;
  private isAlone = false;

  constructor(private readonly database: Database) {
    super();
    const lock = database.dialect.sharedConnection ? '' : ' FOR UPDATE';
    this.headQuery = `SELECT sequence, hash, created_at_ms FROM audit_head WHERE id = 1${lock}`;
  }

  override async append(drafts: readonly EntryDraft[], link: Link): Promise<readonly AuditEntry[]> {
    return (await this.appendAtOnce(drafts, link)) ?? (await this.appendLocked(drafts, link));
  }

  override async page(filter: AuditFilter, limit: number, beforeSequence: number | undefined): Promise<AuditPage> {
    const rows =
      filter.types && filter.types.length > 1
        ? await this.newestOfTypes(filter, filter.types, limit + 1, beforeSequence)
        : await this.newest(filter, limit + 1, beforeSequence);
    return { entries: rows.slice(0, limit).map(toEntry), hasMore: rows.length > limit };
  }

  override async count(filter: AuditFilter): Promise<number> {
    if (isByTypeOnly(filter)) {
      const counts = Object.entries(await this.countByType());
      return counts.reduce((sum, [type, count]) => (filter.types?.includes(type) === false ? sum : sum + count), 0);
    }
    const parameters = this.parameters();
    const tests = [...typeCondition(filter.types, parameters), ...conditions(filter, parameters)];
    const [row] = await this.query<{ entries: number | string }>(
      `SELECT COUNT(*) AS entries FROM audit_entries ${where(tests)}`,
      parameters,
    );
    return Number(row?.entries);
  }

  override async countByType(): Promise<Readonly<Record<string, number>>> {
    const rows = await this.query<{ type: string; entries: number | string }>(COUNTS, this.parameters());
    return Object.fromEntries(rows.map(({ type, entries }) => [type, Number(entries)]));
  }

  override async countSince(sinceMs: number): Promise<number> {
    const parameters = this.parameters();
    const [first] = await this.query<Pick<EntryRow, 'sequence'>>(
      `SELECT sequence FROM audit_entries WHERE created_at_ms >= ${parameters.place(sinceMs)} ORDER BY created_at_ms, sequence LIMIT 1`,
      parameters,
    );
    return first ? (await this.head()).sequence - Number(first.sequence) + 1 : 0;
  }

  override async *walk({ fromSequence, toSequence, filter = {} }: WalkRange): AsyncIterable<AuditEntry> {
    for (let next = fromSequence; next <= toSequence;) {
      const parameters = this.parameters();
      const range = `sequence BETWEEN ${parameters.place(next)} AND ${parameters.place(toSequence)}`;
      const tests = [range, ...typeCondition(filter.types, parameters), ...conditions(filter, parameters)];
      const rows = await this.query<EntryRow>(
        `SELECT ${entryColumns} FROM audit_entries ${where(tests)} ORDER BY sequence LIMIT ${WALK_PAGE_ROWS}`,
        parameters,
      );
      yield* rows.map(toEntry);
      if (rows.length < WALK_PAGE_ROWS) return;
      next = Number(rows.at(-1)?.sequence) + 1;
      // SQLite answers at once: without this, a long walk would leave no turn to anything else in the process.
      await new Promise(setImmediate);
    }
  }

  override async find(sequence: number): Promise<AuditEntry | undefined> {
    const parameters = this.parameters();
    const [row] = await this.query<EntryRow>(
      `SELECT ${entryColumns} FROM audit_entries WHERE sequence = ${parameters.place(sequence)}`,
      parameters,
    );
    return row && toEntry(row);
  }

  override async head(): Promise<{ sequence: number; hash: string }> {
    const [row] = await this.query<HeadRow>('SELECT sequence, hash FROM audit_head WHERE id = 1', this.parameters());
    if (!row) throw new AuditRecordLost('audit_head');
    return { sequence: Number(row.sequence), hash: row.hash };
  }

  /**
   * While nobody else writes, the end of the chain is where this process has left it. The statement changes nothing when
   * it is not, and undefined is returned.
   */
  private async appendAtOnce(drafts: readonly EntryDraft[], link: Link): Promise<readonly AuditEntry[] | undefined> {
    if (this.database.isInTransaction) return undefined;
    const atOnce = await appendAtOnceOn(this.database);
    const { own, isAlone } = this;
    if (!atOnce || !own || !isAlone) return undefined;
    const entries = chained(drafts, own, link);
    const head = endOf(entries, own);
    this.isAlone = await atOnce({ before: own, entries, after: head });
    if (!this.isAlone) return undefined;
    this.own = head;
    return entries;
  }

  private appendLocked(drafts: readonly EntryDraft[], link: Link): Promise<readonly AuditEntry[]> {
    return this.database.transaction(async (manager) => {
      const before = await this.lockHead(manager);
      const entries = chained(drafts, before, link);
      const head = endOf(entries, before);
      await this.insert(manager, entries);
      await this.moveHead(manager, head);
      this.database.afterCommit(() => {
        this.isAlone = this.own?.hash === before.hash;
        this.own = head;
      });
      return entries;
    });
  }

  private newest(filter: AuditFilter, limit: number, beforeSequence: number | undefined): Promise<EntryRow[]> {
    const parameters = this.parameters();
    const tests = [
      ...typeCondition(filter.types, parameters),
      ...conditions(filter, parameters),
      ...before(beforeSequence, parameters),
    ];
    return this.query(
      `SELECT ${entryColumns} FROM audit_entries ${where(tests)} ORDER BY sequence DESC LIMIT ${limit}`,
      parameters,
    );
  }

  /** Each type's newest come from its index already in order; together they hold the newest of all. */
  private async newestOfTypes(
    filter: AuditFilter,
    types: readonly string[],
    limit: number,
    beforeSequence: number | undefined,
  ): Promise<EntryRow[]> {
    const parameters = this.parameters();
    const branches = types.map((type, index) => {
      const tests = [
        `type = ${parameters.place(type)}`,
        ...conditions(filter, parameters),
        ...before(beforeSequence, parameters),
      ];
      const newest = `SELECT sequence FROM audit_entries ${where(tests)} ORDER BY sequence DESC LIMIT ${limit}`;
      return `SELECT sequence FROM (${newest}) AS newest${index}`;
    });
    const found = await this.query<Pick<EntryRow, 'sequence'>>(branches.join(' UNION ALL '), parameters);
    if (found.length === 0) return [];
    const sequences = found.map(({ sequence }) => Number(sequence)).sort((a, b) => b - a);
    const wanted = this.parameters();
    return this.query(
      `SELECT ${entryColumns} FROM audit_entries WHERE sequence IN (${wanted.places(sequences.slice(0, limit))}) ORDER BY sequence DESC`,
      wanted,
    );
  }

  private async lockHead(manager: EntityManager): Promise<ChainHead> {
    const [row] = await manager.query<HeadRow[]>(this.headQuery);
    if (!row) throw new AuditRecordLost('audit_head');
    return { sequence: Number(row.sequence), hash: row.hash, timeMs: Number(row.created_at_ms) };
  }

  private async insert(manager: EntityManager, entries: readonly AuditEntry[]): Promise<void> {
    const parameters = this.parameters();
    const rows = entries.map((entry) => `(${parameters.places(valuesOf(entry))})`);
    await manager.query(`INSERT INTO audit_entries (${entryColumns}) VALUES ${rows.join(', ')}`, parameters.values);
  }

  private async moveHead(manager: EntityManager, head: ChainHead): Promise<void> {
    const parameters = this.parameters();
    await manager.query(`UPDATE audit_head SET ${headColumns(head, parameters)} WHERE id = 1`, parameters.values);
  }

  private parameters(): Parameters {
    return new Parameters(this.database.dialect);
  }

  private query<Row>(sql: string, parameters: Parameters): Promise<Row[]> {
    return this.database.run((manager) => manager.query<Row[]>(sql, parameters.values));
  }
}

interface HeadRow {
  readonly sequence: number | string;
  readonly hash: string;
  readonly created_at_ms: number | string;
}

function before(sequence: number | undefined, parameters: Parameters): string[] {
  return sequence === undefined ? [] : [`sequence < ${parameters.place(sequence)}`];
}

function chained(drafts: readonly EntryDraft[], head: ChainHead, link: Link): readonly AuditEntry[] {
  let last = head;
  return drafts.map((draft) => {
    const entry = link(draft, last);
    last = endOf([entry], last);
    return entry;
  });
}

function endOf(entries: readonly AuditEntry[], head: ChainHead): ChainHead {
  const last = entries.at(-1);
  return last ? { sequence: last.sequence, hash: last.hash, timeMs: last.createdAtMs } : head;
}
