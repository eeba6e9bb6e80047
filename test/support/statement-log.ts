import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import pg from 'pg';
import type { ServerProcess } from './servers.js';

/** How often each statement reached a database, by its text without numbers. */
export type StatementCounts = ReadonlyMap<string, number>;

/** Makes the database write down every statement that reaches it: what is counted is what it was really asked. */
export interface StatementLog {
  /** Statements since the last call, or since the log was opened. */
  take(): Promise<StatementCounts>;
}

function counted(statements: readonly string[]): StatementCounts {
  const counts = new Map<string, number>();
  for (const statement of statements) {
    const text = statement.replaceAll(/\s+/g, ' ').replaceAll(/\d+/g, '0').trim();
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
}

export async function postgresStatements(server: ServerProcess): Promise<StatementLog> {
  const client = new pg.Client({ connectionString: server.url });
  await client.connect();
  await client.query(`ALTER SYSTEM SET log_statement = 'all'`);
  await client.query('SELECT pg_reload_conf()');
  await client.end();
  let readTo = server.log().length;
  return {
    take: () => {
      const text = server.log();
      const lines = text.slice(readTo).split('\n');
      readTo = text.length;
      const found = lines.map((line) => /LOG: {2}(?:statement|execute [^:]*): (.*)/.exec(line)?.[1]);
      return Promise.resolve(counted(found.filter((statement) => statement !== undefined)));
    },
  };
}

export async function mariaDbStatements(server: ServerProcess): Promise<StatementLog> {
  const file = join(server.directory, 'data', 'statements.log');
  const connection = await mysql.createConnection(server.url);
  await connection.query(`SET GLOBAL general_log_file = 'statements.log'`);
  await connection.query('SET GLOBAL general_log = ON');
  await connection.end();
  let readTo = readFileSync(file, 'utf8').length;
  return {
    take: () => {
      const text = readFileSync(file, 'utf8');
      const lines = text.slice(readTo).split('\n');
      readTo = text.length;
      const found = lines.map((line) => /\d\s(?:Query|Execute)\s(.*)/.exec(line)?.[1]);
      return Promise.resolve(counted(found.filter((statement) => statement !== undefined)));
    },
  };
}
