import { Injectable } from '@nestjs/common';
import { decodeCursor, encodeCursor } from '#libs/ids';
import { invalidFields } from '../http/index.js';
import { matchingTypes } from './audit-entry.js';
import { AuditSeal } from './audit-seal.js';
import { AuditEntryView, type AuditPageView, type AuditQuery, type AuditVerificationView } from './audit.dto.js';
import { AuditRepository, type AuditFilter } from './audit.repository.js';

/** Answers questions about the audit log. */
@Injectable()
export class AuditReader {
  constructor(
    private readonly repository: AuditRepository,
    private readonly seal: AuditSeal,
  ) {}

  async list(query: AuditQuery): Promise<AuditPageView> {
    const { entries, total, hasMore } = await this.repository.page(
      filterOf(query),
      query.limit,
      positionOf(query.cursor),
    );
    const last = entries.at(-1);
    return {
      entries: entries.map((entry) => AuditEntryView.of(entry)),
      total,
      has_more: hasMore,
      next_cursor: hasMore && last ? encodeCursor([last.sequence]) : null,
    };
  }

  async stats(): Promise<{ total: number; by_type: Readonly<Record<string, number>> }> {
    const byType = await this.repository.countByType();
    return { total: Object.values(byType).reduce((sum, count) => sum + count, 0), by_type: byType };
  }

  async verify(): Promise<AuditVerificationView> {
    const head = await this.repository.head();
    return this.seal.verify(this.repository.walk(1, head.sequence), head);
  }
}

function filterOf(query: AuditQuery): AuditFilter {
  return {
    types: query.event_type?.flatMap((name) => {
      const types = matchingTypes(name);
      if (types.length === 0)
        throw invalidFields([
          {
            field: 'event_type',
            message: `${JSON.stringify(name)} is no type of event; GET /api/audit/types lists them`,
          },
        ]);
      return types;
    }),
    actorId: query.actor_id,
    targetType: query.target_type,
    targetId: query.target_id,
    address: query.ip,
    sinceMs: query.since === undefined ? undefined : Date.parse(query.since),
    untilMs: query.until === undefined ? undefined : Date.parse(query.until),
  };
}

function positionOf(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined;
  const position = decodeCursor(cursor, ['number']);
  if (!position) throw invalidFields([{ field: 'cursor', message: 'is not a cursor of this list' }]);
  return position[0];
}
