// Keeps PostgreSQL, MariaDB and Redis running between test runs: node scripts/test-servers.mjs start|stop|env
import { keepServers, keptServers, stopKeptServers } from './lib/test-servers.mjs';

const exportLines = (servers) => servers.map(({ variable, url }) => `export ${variable}='${url}'`).join('\n');

switch (process.argv[2]) {
  case 'start':
    console.log(exportLines(await keepServers()));
    break;
  case 'env':
    console.log(exportLines(await keptServers()));
    break;
  case 'stop':
    await stopKeptServers();
    break;
  default:
    console.error(
      'Usage: node scripts/test-servers.mjs start|stop|env\n  eval "$(node scripts/test-servers.mjs start)"',
    );
    process.exitCode = 2;
}
