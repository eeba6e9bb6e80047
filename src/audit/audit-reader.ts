import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { decodeCursor, encodeCursor } from '#libs/ids';
import { invalidFields } from '../http/index.js';
import { AuditChain } from './audit-chain.js';
import { matchingTypes } from './audit-entry.js';
import {
  AuditEntryView,
  AuditStatsView,
  CheckpointPageView,
  CheckpointView,
  type AuditFilterQuery,
  type AuditPageView,
  type AuditQuery,
  type CheckpointQuery,
} from './audit.dto.js';
import { AuditRepository, type AuditFilter } from './audit.repository.js';
import { CheckpointRepository } from './checkpoint.repository.js';

const DAY_MS = 86_400_000;

/** Answers questions about the audit log. */
@Injectable()
export class AuditReader {
  constructor(
    private readonly entries: AuditRepository,
    private readonly checkpointTable: CheckpointRepository,
    private readonly chain: AuditChain,
    private readonly clock: Clock,
  ) {}

  async list(query: AuditQuery): Promise<AuditPageView> {
    const filter = filterOf(query);
    const [{ entries, hasMore }, total] = await Promise.all([
      this.entries.page(filter, query.limit, positionOf(query.cursor)),
      this.entries.count(filter),
    ]);
    return {
      entries: entries.map((entry) => AuditEntryView.of(entry)),
      total,
      has_more: hasMore,
      next_cursor: hasMore ? cursorAfter(entries) : null,
    };
  }

  async stats(): Promise<AuditStatsView> {
    const byType = await this.entries.countByType();
    const last24h = await this.entries.count({ sinceMs: this.clock.now() - DAY_MS });
    return AuditStatsView.of(byType, last24h);
  }

  async checkpoints({ limit, cursor }: CheckpointQuery): Promise<CheckpointPageView> {
    const found = await this.checkpointTable.page(limit + 1, positionOf(cursor));
    const page = found.slice(0, limit);
    return {
      checkpoints: page.map((checkpoint) => CheckpointView.of(checkpoint)),
      public_keys: this.chain.publicKeys.map((key) => key.export({ type: 'spki', format: 'pem' }).toString()),
      has_more: found.length > limit,
      next_cursor: found.length > limit ? cursorAfter(page) : null,
    };
  }
}

/** The filter that a query asks for; 422 for a type of event that there is not. */
export function filterOf(query: AuditFilterQuery): AuditFilter {
  return {
    types: query.event_type && [...new Set(query.event_type.flatMap(typesOf))],
    actorId: query.actor_id,
    targetType: query.target_type,
    targetId: query.target_id,
    address: query.ip,
    sinceMs: instantOf('since', query.since),
    untilMs: instantOf('until', query.until),
  };
}

/** ISO 8601 knows week dates and more, which are not read here. */
function instantOf(field: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const instantMs = Date.parse(text);
  if (Number.isNaN(instantMs))
    throw invalidFields([{ field, message: 'must be a date and time such as 2026-01-31T00:00:00Z' }]);
  return instantMs;
}

function typesOf(name: string): readonly string[] {
  const types = matchingTypes(name);
  if (types.length > 0) return types;
  const message = `${JSON.stringify(name)} is no type of event; GET /api/audit/types lists them`;
  throw invalidFields([{ field: 'event_type', message }]);
}

function cursorAfter(rows: readonly { readonly sequence: number }[]): string {
  return encodeCursor([rows.at(-1)?.sequence ?? 0]);
}

function positionOf(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  const position = decodeCursor(cursor, ['number']);
  if (!position || !Number.isSafeInteger(position[0]))
    throw invalidFields([{ field: 'cursor', message: 'is not a cursor of this list' }]);
  return position[0];
}
