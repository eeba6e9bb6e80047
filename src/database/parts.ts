import { In, type EntityManager } from 'typeorm';
import type { EntityClass } from './data-source.js';
import type { Database } from './database.js';

/** Another process put sums in the place of the same parts at the same moment. */
class ReplacedElsewhere extends Error {
  override readonly name = 'ReplacedElsewhere';
}

/**
 * Deletes the rows of these ids and has `insert` write what they add up to; when somebody else has done so meanwhile, nothing.
 * For sums whose every change is a row of its own, so that writers never wait for each other. By primary key: no lock falls
 * between rows, where others insert.
 */
export async function replaceParts(
  database: Database,
  entity: EntityClass,
  ids: readonly string[],
  insert: (manager: EntityManager) => Promise<unknown>,
): Promise<void> {
  if (ids.length === 0) return;
  try {
    await database.transaction(async (manager) => {
      const { affected } = await manager.delete(entity, { id: In([...ids]) });
      if (affected !== ids.length) throw new ReplacedElsewhere('Other rows were there than a moment ago');
      await insert(manager);
    });
  } catch (error) {
    if (!(error instanceof ReplacedElsewhere)) throw error;
  }
}
