import type { AuditFilter } from '../audit.repository.js';
import type { Parameters } from './parameters.js';

/** The conditions of a filter, but for its types. */
export function conditions(filter: AuditFilter, parameters: Parameters): string[] {
  const { actorId, targetType, targetId, address, sinceMs, untilMs } = filter;
  const tests: readonly (readonly [string, string | number | undefined])[] = [
    ['actor_id =', actorId],
    ['target_type =', targetType],
    ['target_id =', targetId],
    ['address =', address],
    ['created_at_ms >=', sinceMs],
    ['created_at_ms <', untilMs],
  ];
  return tests.flatMap(([test, value]) => (value === undefined ? [] : [`${test} ${parameters.place(value)}`]));
}

export function typeCondition(types: readonly string[] | undefined, parameters: Parameters): string[] {
  return types ? [`type IN (${parameters.places(types)})`] : [];
}

export function where(tests: readonly string[]): string {
  return tests.length === 0 ? '' : `WHERE ${tests.join(' AND ')}`;
}

/** Whether the filter names nothing but types, so that the kept counts answer it. */
export function isByTypeOnly({ types: _, ...rest }: AuditFilter): boolean {
  return Object.values<string | number | undefined>(rest).every((value) => value === undefined);
}
