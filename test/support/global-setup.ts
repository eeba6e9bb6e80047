import { startMariaDb, startPostgres, startRedis, sweepWorkspaces, type ServerProcess } from './servers.js';

const starters = {
  TEST_POSTGRES_URL: startPostgres,
  TEST_MYSQL_URL: startMariaDb,
  TEST_REDIS_URL: startRedis,
};

/** Gives suites the shared servers they need when `npm test` or the developer's environment has not named them. */
export async function setup(): Promise<() => Promise<void>> {
  const started: ServerProcess[] = [];
  for (const [variable, start] of Object.entries(starters)) {
    if (process.env[variable]) continue;
    const server = await start();
    started.push(server);
    process.env[variable] = server.url;
  }
  return async () => {
    await Promise.all(started.map((server) => server.remove()));
    sweepWorkspaces();
  };
}
