import { spawnSync } from 'node:child_process';
import { run } from './run.mjs';

const file = ['compose', '-f', 'test/support/docker-compose.test.yml'];
const urls = {
  TEST_POSTGRES_URL: { service: 'postgres', port: 5432, url: (at) => `postgres://postgres:postgres@${at}/postgres` },
  TEST_MYSQL_URL: { service: 'mariadb', port: 3306, url: (at) => `mysql://root:test@${at}/mysql` },
  TEST_REDIS_URL: { service: 'redis', port: 6379, url: (at) => `redis://${at}/0` },
};

/**
 * Starts one of the test servers as a container, which is removed when this process ends. Returns its URL.
 * @param {keyof typeof urls} variable
 */
export async function startContainer(variable) {
  const { service, port, url } = urls[variable];
  process.once('exit', () => spawnSync('docker', [...file, 'rm', '-s', '-f', '-v', service]));
  const up = await run('docker', [...file, 'up', '-d', '--wait', service], { capture: true });
  if (up.code !== 0) throw new Error(`docker compose: ${up.output.trim()}`);
  const { output } = await run('docker', [...file, 'port', service, String(port)], { capture: true });
  return url(output.trim());
}
