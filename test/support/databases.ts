import { afterAll } from 'vitest';
import {
  createDatabase,
  createRedisSpace,
  type DatabaseKind,
  type RedisSpace,
  type TestDatabase,
} from './databases/create-database.js';

export { serverUrl, type DatabaseKind } from './databases/create-database.js';

const created: TestDatabase[] = [];

// Registered first, so it runs last: after the suite has closed its own connections.
afterAll(async () => {
  await Promise.all(created.splice(0).map((database) => database.drop()));
});

/** The URL of a new, empty database, which is dropped after the last test of the file. */
export async function freshDatabase(kind: DatabaseKind): Promise<string> {
  const database = await createDatabase(kind);
  created.push(database);
  return database.url;
}

/** A key prefix in the shared Redis that nobody else uses; its keys are deleted after the last test of the file. */
export function freshRedisSpace(): Pick<RedisSpace, 'url' | 'prefix'> {
  const space = createRedisSpace();
  created.push(space);
  return space;
}
