import type { EntityManager } from 'typeorm';

/**
 * Runs a statement that each connection of PostgreSQL parses and plans once, under a name that stands for this text alone. For
 * what is written all the time and is long to plan: TypeORM has no word for it, and gives the driver what it is given.
 */
export function queryPrepared<Row>(
  manager: EntityManager,
  statement: { readonly name: string; readonly text: string },
  values: unknown[],
): Promise<Row[]> {
  return manager.query<Row[]>(statement as unknown as string, values);
}
