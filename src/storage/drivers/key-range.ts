import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { afterPrefix, type ListPosition } from '#libs/s3';

/** Narrows a query to the keys that start with `prefix`, from `position` on: one range of the index on every database. */
export function inKeyRange<T extends ObjectLiteral>(
  query: SelectQueryBuilder<T>,
  column: string,
  prefix: string,
  position: ListPosition,
): SelectQueryBuilder<T> {
  const from = Buffer.from(position.key);
  const start = Buffer.from(prefix);
  const isInsidePrefix = Buffer.compare(from, start) >= 0;
  query.andWhere(`${column} ${isInsidePrefix && !position.inclusive ? '>' : '>='} :from`, {
    from: isInsidePrefix ? from : start,
  });
  const end = afterPrefix(prefix);
  if (prefix !== '' && end) query.andWhere(`${column} < :end`, { end: Buffer.from(end.key) });
  return query;
}
