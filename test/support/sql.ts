import 'reflect-metadata';
import { afterAll } from 'vitest';
import type { DataSource } from 'typeorm';
import { createDataSource, Database, migrate, type Schema } from '../../src/database/index.js';
import { freshDatabase, type DatabaseKind } from './databases.js';

const kinds: readonly DatabaseKind[] = ['sqlite', 'postgres', 'mysql'];

/** The databases to prove, all of them unless `DRIVERS=sqlite,mysql` names some. */
export const sqlKinds = kinds.filter((kind) => (process.env['DRIVERS'] ?? kinds.join()).split(',').includes(kind));

const opened: DataSource[] = [];

afterAll(async () => {
  await Promise.all(opened.splice(0).map((source) => source.destroy()));
});

export interface OpenedDatabase {
  readonly url: string;
  readonly source: DataSource;
  readonly database: Database;
}

/** A new database with the given schema applied, closed and dropped after the last test of the file. */
export async function openDatabase(kind: DatabaseKind, schema: Schema): Promise<OpenedDatabase> {
  const url = await freshDatabase(kind);
  const source = await createDataSource({ databaseUrl: url, databasePoolSize: 10 }, schema).initialize();
  opened.push(source);
  await migrate(source, url);
  return { url, source, database: new Database(source, url) };
}
