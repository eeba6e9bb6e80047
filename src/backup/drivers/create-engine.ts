import { getMetadataArgsStorage } from 'typeorm';
import type { Config } from '../../config/index.js';
import { dialectOf, type Schema } from '../../database/index.js';
import type { BackupEngine } from '../backup-engine.js';
import { MysqlEngine } from './mysql-engine.js';
import { PostgresEngine } from './postgres-engine.js';
import { Programs } from './programs.js';
import { SqliteEngine } from './sqlite-engine.js';

/** The engine of the database that the settings name. */
export function createEngine(config: Config, schema: Schema): BackupEngine {
  const { databaseUrl } = config.settings;
  const { name } = dialectOf(databaseUrl);
  if (name === 'sqlite') return new SqliteEngine(databaseUrl);
  const Engine = name === 'postgres' ? PostgresEngine : MysqlEngine;
  const programs = Programs.of(config.programEnvironment['PATH'] ?? '');
  return new Engine(databaseUrl, tablesOf(schema), programs);
}

/** Every table of this server, and where migrations are noted. */
export function tablesOf(schema: Schema): string[] {
  const entities = new Set<unknown>(schema.entities);
  const tables = getMetadataArgsStorage().tables.filter(({ target }) => entities.has(target));
  return ['migrations', ...tables.map(({ name }) => name ?? '')];
}
