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
  const { url, source } = await connect(await freshDatabase(kind), schema);
  opened.push(source);
  await migrate(source, url);
  return { url, source, database: new Database(source, url) };
}

/** The same database as another process sees it, by connections of its own. */
export async function anotherConnection(url: string, schema: Schema): Promise<Database> {
  const source = await createDataSource({ databaseUrl: url, databasePoolSize: 2 }, schema).initialize();
  opened.push(source);
  return new Database(source, url);
}

/** The two relatives describe their own columns differently, so the one that is there is addressed by its name. */
async function connect(url: string, schema: Schema): Promise<{ url: string; source: DataSource }> {
  const source = await createDataSource({ databaseUrl: url, databasePoolSize: 10 }, schema).initialize();
  if (!url.startsWith('mysql:')) return { url, source };
  const [{ version }] = await source.query<[{ version: string }]>('SELECT VERSION() AS version');
  if (!version.includes('MariaDB')) return { url, source };
  await source.destroy();
  return connect(url.replace(/^mysql:/, 'mariadb:'), schema);
}
