import type { LoggerService } from '@nestjs/common';
import { configureLogging, getLogger } from '#libs/log';
import type { Config } from './config/index.js';

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

/** Where the log of this process goes and how it looks (`SIMPLETUNER_LOG_*`). */
export function logAsConfigured({ settings }: Config): void {
  const { logLevel, logFormat, logFile } = settings;
  configureLogging({ level: logLevel, json: logFormat === 'json', ...(logFile !== '' && { file: logFile }) });
}
