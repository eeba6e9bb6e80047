import { join } from 'node:path';

export type StateBackendName = '' | 'sqlite' | 'redis' | 'postgresql' | 'postgres' | 'mysql' | 'mariadb';
type Kind = 'sqlite' | 'redis' | 'postgresql' | 'mysql';

/** What the choice depends on, as it was set; empty where it was not. */
export interface StateBackendSettings {
  readonly stateBackend: StateBackendName;
  readonly stateBackendUrl: string;
  readonly databaseUrl: string;
}

export interface StateBackendChoice {
  readonly kind: Kind;
  readonly url: string;
}

const kindOfName: Readonly<Record<Exclude<StateBackendName, ''>, Kind>> = {
  sqlite: 'sqlite',
  redis: 'redis',
  postgresql: 'postgresql',
  postgres: 'postgresql',
  mysql: 'mysql',
  mariadb: 'mysql',
};

const kindOfScheme: Readonly<Record<string, Kind>> = {
  'sqlite:': 'sqlite',
  'redis:': 'redis',
  'rediss:': 'redis',
  'postgres:': 'postgresql',
  'postgresql:': 'postgresql',
  'mysql:': 'mysql',
  'mariadb:': 'mysql',
};

/**
 * Which state backend is used (contract §1): what is set, and where nothing is, whatever the database is. SQLite keeps its state
 * in a file of its own in `folder`, so that counting requests never waits for the records. A string says what is wrong.
 */
export function chooseStateBackend(settings: StateBackendSettings, folder: string): StateBackendChoice | string {
  const { stateBackend, stateBackendUrl } = settings;
  // sqlite URLs may hold a path that `URL` cannot read.
  const databaseKind = kindOfUrl(settings.databaseUrl);
  const kind = stateBackend === '' ? kindOfUrl(stateBackendUrl || settings.databaseUrl) : kindOfName[stateBackend];
  if (stateBackendUrl !== '') {
    return kindOfUrl(stateBackendUrl) === kind
      ? { kind, url: stateBackendUrl }
      : `STATE_BACKEND_URL: allowed with STATE_BACKEND=${stateBackend}: a URL of that kind`;
  }
  if (kind === 'sqlite') return { kind, url: `sqlite://${join(folder, 'state.db')}` };
  if (kind === databaseKind) return { kind, url: settings.databaseUrl };
  return `STATE_BACKEND_URL: must be set with STATE_BACKEND=${stateBackend}: the database is another kind, so its address does not serve`;
}

function kindOfUrl(url: string): Kind {
  return kindOfScheme[url.slice(0, url.indexOf(':') + 1)] ?? 'sqlite';
}
