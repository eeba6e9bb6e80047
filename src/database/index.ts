export { columns, MigrationColumns } from './columns.js';
export { createDataSource, sqliteFile, type EntityClass, type MigrationClass, type Schema } from './data-source.js';
export { Database, type Work } from './database.js';
export { DatabaseModule, SCHEMA } from './database.module.js';
export { HeartbeatEntity } from './heartbeat.entity.js';
export { dialectOf, type Dialect } from './dialect.js';
export { isStorageFull, isUnavailable, isUniqueViolation } from './errors.js';
export { insertRows, updateRows } from './rows.js';
export { hasPendingMigrations, migrate, unknownMigrations, whileLocked } from './migrator.js';
