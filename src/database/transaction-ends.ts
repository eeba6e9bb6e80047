import type BetterSqlite3 from 'better-sqlite3';
import type { DataSource } from 'typeorm';

/**
 * Ends what a failed transaction may have left on SQLite's connection. When the disk is full SQLite takes the transaction back by
 * itself; TypeORM cannot do so once more, goes on to count it, and would begin all later ones as parts of it: without the lock for
 * writing, and open for ever when one of them fails.
 */
export function endFailedTransaction(source: DataSource): void {
  const { databaseConnection } = source.driver as { databaseConnection?: BetterSqlite3.Database };
  if (!databaseConnection) return;
  if (databaseConnection.inTransaction) databaseConnection.exec('ROLLBACK');
  // There is one for the whole life of the connection.
  Object.assign(source.createQueryRunner(), { isTransactionActive: false, transactionDepth: 0 });
}
