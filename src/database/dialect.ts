/** What differs between the databases, as facts; only `database` and the `drivers` folders read it. */
export interface Dialect {
  readonly name: 'sqlite' | 'postgres' | 'mysql';
  /** How people call it, in health messages. */
  readonly label: string;
  /** All callers share one connection, so statements of different callers must take turns. */
  readonly sharedConnection: boolean;
  /** `SELECT … FOR UPDATE SKIP LOCKED` is available (and needed, as there are other connections). */
  readonly skipLocked: boolean;
  /** `… RETURNING` works on INSERT and UPDATE alike. */
  readonly returning: boolean;
  /** A WITH clause may change data, so that two tables change in one statement. */
  readonly changesInWith: boolean;
  /** A failed migration leaves nothing behind. */
  readonly transactionalDdl: boolean;
}

const dialects = {
  sqlite: {
    name: 'sqlite',
    label: 'SQLite',
    sharedConnection: true,
    skipLocked: false,
    returning: true,
    changesInWith: false,
    transactionalDdl: true,
  },
  postgres: {
    name: 'postgres',
    label: 'PostgreSQL',
    sharedConnection: false,
    skipLocked: true,
    returning: true,
    changesInWith: true,
    transactionalDdl: true,
  },
  mysql: {
    name: 'mysql',
    label: 'MySQL',
    sharedConnection: false,
    skipLocked: true,
    returning: false,
    changesInWith: false,
    transactionalDdl: false,
  },
} as const satisfies Record<string, Dialect>;

/** The dialect that a database URL names. */
export function dialectOf(databaseUrl: string): Dialect {
  const scheme = databaseUrl.slice(0, databaseUrl.indexOf(':'));
  if (scheme === 'sqlite') return dialects.sqlite;
  return scheme.startsWith('postgres') ? dialects.postgres : dialects.mysql;
}
