import { QueryFailedError, type EntityManager } from 'typeorm';

/** A text, and a name that stands for it alone. */
export interface PreparedStatement {
  readonly name: string;
  readonly text: string;
}

/** What is used of a connection of mysql2. */
interface MysqlConnection {
  promise(): { execute(statement: { sql: string; timeout?: number }, values: unknown[]): Promise<[unknown, unknown]> };
}

/**
 * Runs a statement of PostgreSQL or MySQL that each connection parses and plans once: for what is written all the time and is
 * long to plan. TypeORM has no word for it. @throws QueryFailedError as its own queries do.
 */
export function queryPrepared<Rows>(
  manager: EntityManager,
  statement: PreparedStatement,
  values: unknown[],
): Promise<Rows> {
  // The driver is given what TypeORM is given; that of PostgreSQL takes a name along with the text.
  if (manager.dataSource.options.type === 'postgres')
    return manager.query<Rows>(statement as unknown as string, values);
  return executeOnMysql<Rows>(manager, statement.text, values);
}

async function executeOnMysql<Rows>(manager: EntityManager, sql: string, values: unknown[]): Promise<Rows> {
  const { maxQueryExecutionTime: timeout } = manager.dataSource.options;
  const runner = manager.queryRunner ?? manager.dataSource.createQueryRunner();
  try {
    const connection = (await runner.connect()) as MysqlConnection;
    const [rows] = await connection
      .promise()
      .execute({ sql, ...(timeout !== undefined && { timeout }) }, values)
      .catch((error: unknown) => {
        throw new QueryFailedError(sql, values, error as Error);
      });
    return rows as Rows;
  } finally {
    if (runner !== manager.queryRunner) await runner.release();
  }
}
