import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { createHash, timingSafeEqual } from 'node:crypto';
import { parseAddressList, type AddressList } from '#libs/client-address';
import { Config } from '../config/index.js';
import { authenticationRequired, contextOf, requireAny } from '../http/index.js';

/** Lets in who may scrape (contract §3): a program on this machine, a holder of admin.metrics, the token, an allowed address. */
@Injectable()
export class ScrapeGuard implements CanActivate {
  private readonly allowed: AddressList;
  private readonly token: string;

  constructor(config: Config) {
    const { metricsAllowedIps, metricsToken } = config.settings;
    this.allowed = parseAddressList(metricsAllowedIps);
    this.token = metricsToken;
  }

  canActivate(execution: ExecutionContext): boolean {
    const request = execution.switchToHttp().getRequest<IncomingMessage>();
    const { caller, client, isLocal } = contextOf(request);
    // A key that is sent along decides alone, as everywhere: a narrow one is not widened by where it comes from.
    const isTrustedPlace = caller.proof !== 'credential' && (isLocal || this.allowed.contains(client.address));
    if (isTrustedPlace || this.hasToken(request)) return true;
    if (caller.kind === 'anonymous') throw authenticationRequired();
    requireAny(caller, ['admin.metrics']);
    return true;
  }

  private hasToken({ headers }: IncomingMessage): boolean {
    const [, given] = /^Bearer (\S+)$/i.exec(headers.authorization ?? '') ?? [];
    return given !== undefined && this.token !== '' && timingSafeEqual(digestOf(given), digestOf(this.token));
  }
}

/** Of one length whatever was given, so that the comparison tells nothing. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
