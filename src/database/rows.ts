import type { EntityManager } from 'typeorm';
import type { EntityClass } from './data-source.js';

type Values = Readonly<Record<string, unknown>>;

/**
 * Inserts rows of an entity in one statement; `verb` and `ending` say what to do about a conflict and what to return. For what is
 * written all the time: the query builder would take longer to word the statement than the database takes to carry it out.
 * Generated columns are left to the database; a property that a row does not have is NULL.
 */
export async function insertRows(
  manager: EntityManager,
  entity: EntityClass,
  rows: readonly object[],
  { verb = 'INSERT', ending = '' } = {},
): Promise<unknown> {
  if (rows.length === 0) return [];
  const { driver } = manager.dataSource;
  const metadata = manager.dataSource.getMetadata(entity);
  const columns = metadata.columns.filter(({ isGenerated }) => !isGenerated);
  const values: unknown[] = [];
  const places = rows.map((row) => {
    const own = columns.map((column) => {
      values.push(driver.preparePersistentValue((row as Values)[column.propertyName] ?? null, column));
      return driver.createParameter(column.propertyName, values.length - 1);
    });
    return `(${own.join(', ')})`;
  });
  const names = columns.map(({ databaseName }) => driver.escape(databaseName)).join(', ');
  const table = driver.escape(metadata.tableName);
  return manager.query(`${verb} INTO ${table} (${names}) VALUES ${places.join(', ')} ${ending}`.trimEnd(), values);
}

/** Sets the given properties of the rows that have all the values of `key`; for what is written all the time, as above. */
export async function updateRows(
  manager: EntityManager,
  entity: EntityClass,
  key: Values,
  facts: Values,
): Promise<void> {
  const { driver } = manager.dataSource;
  const metadata = manager.dataSource.getMetadata(entity);
  const values: unknown[] = [];
  const equations = (properties: Values): string[] =>
    Object.entries(properties).map(([name, value]) => {
      const column = metadata.findColumnWithPropertyName(name);
      if (!column) throw new Error(`${metadata.name} has no property ${name}`);
      values.push(driver.preparePersistentValue(value, column));
      return `${driver.escape(column.databaseName)} = ${driver.createParameter(name, values.length - 1)}`;
    });
  const assignments = equations(facts).join(', ');
  if (assignments === '') return;
  const conditions = equations(key).join(' AND ');
  await manager.query(`UPDATE ${driver.escape(metadata.tableName)} SET ${assignments} WHERE ${conditions}`, values);
}
