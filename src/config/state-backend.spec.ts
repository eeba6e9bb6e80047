import { describe, expect, it } from 'vitest';
import { loadConfig } from './config.js';

const home = '/srv/simpletuner';

function choice(environment: Record<string, string>): readonly [string, string] {
  const { stateBackend, stateBackendUrl } = loadConfig({ SIMPLETUNER_HOME: home, ...environment }).settings;
  return [stateBackend, stateBackendUrl];
}

const file = `sqlite://${home}/config/cloud/state.db`;
const postgres = 'postgres://user:word@host/records';

describe('the state backend', () => {
  it.each([
    ['nothing', {}, ['sqlite', file]],
    ['a SQLite database', { SIMPLETUNER_DATABASE_URL: 'sqlite:///data/jobs.db' }, ['sqlite', file]],
    ['a PostgreSQL database', { SIMPLETUNER_DATABASE_URL: postgres }, ['postgresql', postgres]],
    ['a MariaDB database', { SIMPLETUNER_DATABASE_URL: 'mariadb://host/r' }, ['mysql', 'mariadb://host/r']],
    ['its own name', { SIMPLETUNER_DATABASE_URL: postgres, STATE_BACKEND: 'sqlite' }, ['sqlite', file]],
    ['an alias', { SIMPLETUNER_DATABASE_URL: postgres, STATE_BACKEND: 'postgres' }, ['postgresql', postgres]],
    ['an address alone', { STATE_BACKEND_URL: 'rediss://host/1' }, ['redis', 'rediss://host/1']],
    ['both', { STATE_BACKEND: 'mysql', STATE_BACKEND_URL: 'mariadb://host/s' }, ['mysql', 'mariadb://host/s']],
  ])('follows from %s', (_, environment, expected) => {
    expect(choice(environment as Record<string, string>)).toEqual(expected);
  });

  it.each([
    ['STATE_BACKEND_URL: must be set', { STATE_BACKEND: 'redis' }],
    ['STATE_BACKEND_URL: must be set', { STATE_BACKEND: 'mysql', SIMPLETUNER_DATABASE_URL: postgres }],
    ['a URL of that kind', { STATE_BACKEND: 'redis', STATE_BACKEND_URL: postgres }],
  ])('that cannot be is refused at the start: %s', (message, environment) => {
    expect(() => choice(environment as Record<string, string>)).toThrow(message);
  });
});
