import type BetterSqlite3 from 'better-sqlite3';
import type { DataSource, EntityManager, ObjectLiteral } from 'typeorm';
import type { ColumnMetadata } from 'typeorm/metadata/ColumnMetadata.js';

type Found = Readonly<Record<string, unknown>>;
type Parameters = readonly unknown[];

interface Plan {
  readonly columns: readonly ColumnMetadata[];
  readonly keys: readonly ColumnMetadata[];
  /** The rows that have one of the keys. */
  readonly ask: (keys: readonly Parameters[], manager: EntityManager) => Promise<readonly Found[]>;
}

/**
 * Reads the rows with given keys by a statement that is put together once. For the few reads that every request waits
 * for: the query builder costs several times what the database does.
 */
export class KeyedRead<Row extends ObjectLiteral, Key extends keyof Row & string> {
  private readonly plans = new WeakMap<object, Plan>();

  constructor(
    private readonly entity: new () => Row,
    private readonly keys: readonly Key[],
  ) {}

  /** Undefined when there is none; the first one when the key is not unique. */
  async find(manager: EntityManager, key: Readonly<Pick<Row, Key>>): Promise<Row | undefined> {
    return (await this.findAll(manager, [key]))[0];
  }

  /** Those that there are, in no particular order; of a thousand keys at the most, each of them once. */
  async findAll(manager: EntityManager, keys: readonly Readonly<Pick<Row, Key>>[]): Promise<Row[]> {
    if (keys.length === 0) return [];
    const plan = this.planFor(manager.dataSource);
    const { driver } = manager.dataSource;
    const parameters = keys.map((key) =>
      plan.keys.map((column): unknown => driver.preparePersistentValue(key[column.propertyName as Key], column)),
    );
    return (await plan.ask(parameters, manager)).map((found) => {
      const row = new this.entity() as Record<string, unknown>;
      for (const column of plan.columns) {
        row[column.propertyName] = driver.prepareHydratedValue(found[column.databaseName], column) as unknown;
      }
      return row as Row;
    });
  }

  private planFor(source: DataSource): Plan {
    let plan = this.plans.get(source);
    if (!plan) {
      const { columns, tableName } = source.getMetadata(this.entity);
      const { driver } = source;
      const keys = this.keys.map((key) => {
        const column = columns.find(({ propertyName }) => propertyName === key);
        if (!column) throw new Error(`${tableName} has no column for ${key}`);
        return column;
      });
      const list = columns.map(({ databaseName }) => driver.escape(databaseName)).join(', ');
      const head = `SELECT ${list} FROM ${driver.escape(tableName)} WHERE `;
      this.plans.set(source, (plan = { columns, keys, ask: asking(source, head, keys) }));
    }
    return plan;
  }
}

function asking({ driver }: DataSource, head: string, keys: readonly ColumnMetadata[]): Plan['ask'] {
  let places = 0;
  const condition = (): string =>
    keys
      .map(({ databaseName }) => `${driver.escape(databaseName)} = ${driver.createParameter(databaseName, places++)}`)
      .join(' AND ');
  const { databaseConnection } = driver as { databaseConnection?: BetterSqlite3.Database };
  if (databaseConnection) return askingSqlite(databaseConnection, `${head}${condition()} LIMIT 1`);
  return (wanted, manager) => {
    places = 0;
    const conditions = wanted.map(() => `(${condition()})`).join(' OR ');
    return manager.query<Found[]>(`${head}${conditions}`, wanted.flat());
  };
}

/** Directly: SQLite answers within microseconds, and what lies between costs several times that. */
function askingSqlite(connection: BetterSqlite3.Database, sql: string): Plan['ask'] {
  const statement = connection.prepare<unknown[], Found>(sql);
  return async (wanted, manager) => {
    try {
      return wanted.map((parameters) => statement.get(...parameters)).filter((found) => found !== undefined);
    } catch {
      // Perhaps locked by another process, which is not waited for on this thread; what else is wrong is told there as well.
      const found = await Promise.all(wanted.map((parameters) => manager.query<Found[]>(sql, [...parameters])));
      return found.flat();
    }
  };
}
