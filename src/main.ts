import { EnvironmentError } from '#libs/env';
import { getLogger } from '#libs/log';
import { createServer, type Server } from './app.js';
import { loadConfig } from './config/index.js';
import { welcome } from './welcome.js';

const log = getLogger('main');

async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const server = await createServer(config);
  try {
    await server.start();
  } catch (error) {
    await server.app.close();
    throw error;
  }
  log.info('Server started', { ops: server.listeners.origin('ops'), public: server.listeners.origin('public') });
  if (process.stdout.isTTY || config.settings.logFormat === 'text')
    process.stdout.write(welcome(server.listeners, config));
  stopOnSignals(server);
}

function stopOnSignals(server: Server): void {
  let stopping: Promise<void> | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return server.listeners.hurry.abort();
    log.info('Shutting down', { signal });
    stopping = server.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error('Shutdown failed', { error });
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

main().catch((error: unknown) => {
  // One clear message instead of a stack: these are faults that the operator can mend.
  const isExpected = error instanceof EnvironmentError || error instanceof Error;
  process.stderr.write(`The server could not start.\n${isExpected ? error.message : String(error)}\n`);
  if (process.env['SIMPLETUNER_LOG_LEVEL'] === 'DEBUG' && error instanceof Error)
    process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
