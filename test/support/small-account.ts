import { randomUUID } from 'node:crypto';
import { afterAll } from 'vitest';
import type { Database } from '../../src/database/index.js';

const PASSWORD = 'small';
const tidyings: (() => Promise<unknown>)[] = [];

// Registered by whoever imports this after the databases: so it runs before they are dropped.
afterAll(async () => {
  for (const tidy of tidyings.splice(0)) await tidy();
});

/** The URL of a database for a new account that may work with its tables and do nothing else, such as making a database. */
export async function smallAccount(database: Database, databaseUrl: string): Promise<string> {
  const name = `small_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
  const url = new URL(databaseUrl);
  const place = url.pathname.slice(1);
  const [make, drop] = url.protocol.startsWith('postgres')
    ? [
        [
          `CREATE ROLE ${name} LOGIN PASSWORD '${PASSWORD}'`,
          `GRANT ALL ON ALL TABLES IN SCHEMA public TO ${name}`,
          `GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO ${name}`,
        ],
        [`DROP OWNED BY ${name}`, `DROP ROLE ${name}`],
      ]
    : [
        [`CREATE USER '${name}'@'%' IDENTIFIED BY '${PASSWORD}'`, `GRANT ALL ON \`${place}\`.* TO '${name}'@'%'`],
        [`DROP USER '${name}'@'%'`],
      ];
  const say = async (statements: readonly string[]): Promise<void> => {
    for (const statement of statements) await database.run((manager) => manager.query(statement));
  };
  await say(make);
  tidyings.push(() => say(drop));
  url.username = name;
  url.password = PASSWORD;
  return url.href;
}
