import type { LoggerService } from '@nestjs/common';
import { closeLogs, configureLogging, getLogger } from '#libs/log';
import { expandHome, StartError, type Config } from './config/index.js';

const log = getLogger('framework');

/** Nest's own lines go through the one log; its start-up chatter is of interest only when debugging. */
export class NestLogger implements LoggerService {
  log(message: unknown): void {
    log.debug(String(message));
  }

  error(message: unknown): void {
    log.error(String(message));
  }

  warn(message: unknown): void {
    log.warning(String(message));
  }
}

/** Where the log of this process goes and how it looks (`SIMPLETUNER_LOG_*`). @throws StartError naming the setting. */
export function logAsConfigured({ settings }: Config): void {
  const { logLevel, logFormat, logFile } = settings;
  try {
    configureLogging({
      level: logLevel,
      json: logFormat === 'json',
      ...(logFile !== '' && { file: expandHome(logFile) }),
    });
  } catch (error) {
    const { code = 'error' } = error as NodeJS.ErrnoException;
    throw new StartError(
      `The log file ${logFile} cannot be opened (${code}): check SIMPLETUNER_LOG_FILE, and that this user may write there`,
      { cause: error },
    );
  }
}

/** Node would print an error that nobody has caught in full, secrets included, beside the log. Either way the process ends. */
export function logUncaughtErrors(): void {
  process.on('uncaughtException', (error, origin) => {
    log.error('The server ends: an error was not caught', { error, origin });
    closeLogs();
    process.exit(1);
  });
}
