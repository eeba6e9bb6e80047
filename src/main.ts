import cluster from 'node:cluster';
import { closeLogs, getLogger, reopenLogs } from '#libs/log';
import { createServer, type Server } from './app.js';
import { loadConfig } from './config/index.js';
import { explain } from './explain.js';
import { logAsConfigured, logUncaughtErrors } from './logging.js';
import { welcome } from './welcome.js';
import { announceReady, WorkerSupervisor } from './worker-supervisor.js';

const log = getLogger('main');

async function main(): Promise<void> {
  const config = loadConfig();
  if (config.settings.workers > 1 && cluster.isPrimary) {
    logAsConfigured(config);
    new WorkerSupervisor(config.settings.workers).start();
    return;
  }
  const server = await createServer(config);
  try {
    await server.start();
  } catch (error) {
    await server.app.close();
    throw error;
  }
  // Before anyone is told: who reads that it has started may stop it at once.
  stopOnSignals(server);
  log.info('Server started', { ops: server.listeners.origin('ops'), public: server.listeners.origin('public') });
  announceReady();
  // For people, so beside the log and not in it.
  if (!config.isProduction && (cluster.worker?.id ?? 1) === 1) process.stderr.write(welcome(server.listeners, config));
}

function stopOnSignals(server: Server): void {
  let stopping: Promise<void> | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return server.listeners.hurry.abort();
    log.info('Shutting down', { signal });
    stopping = server.stop().then(
      () => end(0),
      (error: unknown) => {
        log.error('Shutdown failed', { error });
        end(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  // Of several processes the supervisor tells each one when to stop.
  process.on('SIGINT', cluster.isWorker ? () => undefined : stop);
  // What log rotation sends; without a handler it would end the server.
  process.on('SIGHUP', () => reopenLogs());
}

/** With the counts of warnings that were held back. */
function end(code: number): never {
  closeLogs();
  process.exit(code);
}

logUncaughtErrors();
main().catch((error: unknown) => {
  process.stderr.write(`The server could not start.\n${explain(error)}\n`);
  process.exit(1);
});
