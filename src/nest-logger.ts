import type { LoggerService } from '@nestjs/common';
import { getLogger } from '#libs/log';

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
