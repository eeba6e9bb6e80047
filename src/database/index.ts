export { columns, MigrationColumns } from './columns.js';
export { createDataSource, sqliteFile, type EntityClass, type MigrationClass, type Schema } from './data-source.js';
export { Database, type Work } from './database.js';
export { DatabaseModule, openDataSource } from './database.module.js';
export { HeartbeatEntity } from './heartbeat.entity.js';
export { dialectOf, dialects, type Dialect } from './dialect.js';
export { isStorageFull, isTransient, isUnavailable, isUniqueViolation } from './errors.js';
export { hasPendingMigrations, migrate } from './migrator.js';
