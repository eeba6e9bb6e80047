import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { ACCESS, type Access } from './access.js';
import type { Caller, Permission } from './caller.js';
import { DomainError } from './domain-error.js';
import { contextOf } from './request-context.js';

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Denies by default: a route without a declared access is closed to everyone. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(private readonly reflector: Reflector) {}

  canActivate(execution: ExecutionContext): boolean {
    const access = this.reflector.getAllAndOverride<Access | undefined>(ACCESS, [
      execution.getHandler(),
      execution.getClass(),
    ]);
    if (!access) throw new Error(`${execution.getClass().name}.${execution.getHandler().name} declares no access`);
    const request = execution.switchToHttp().getRequest<Request>();
    const { caller } = contextOf(request);
    if ('open' in access) return true;
    if (caller.kind === 'anonymous') throw authenticationRequired();
    refuseForeignPages(request, caller);
    if ('anyOf' in access) requireAny(caller, access.anyOf);
    return true;
  }
}

export function authenticationRequired(): DomainError {
  return new DomainError(
    'unauthenticated',
    'authentication_error',
    'Authentication is required: send an API key in X-API-Key, or call from this machine.',
    {
      headers: { 'WWW-Authenticate': 'Bearer realm="simpletuner-cloud"' },
    },
  );
}

/** @throws DomainError permission_denied unless the caller holds one of the permissions. */
export function requireAny(caller: Caller, anyOf: readonly Permission[]): void {
  if (anyOf.some((permission) => caller.permissions.has(permission))) return;
  throw new DomainError('forbidden', 'permission_denied', `This needs the permission ${anyOf.join(' or ')}.`, {
    details: { required_permission: anyOf[0] },
  });
}

/** A web page elsewhere can make a browser on this machine send requests; it cannot make them look same-origin. */
function refuseForeignPages(request: Request, caller: Caller): void {
  if (READS.has(request.method) || caller.proof === 'credential') return;
  const site = request.headers['sec-fetch-site'];
  const origin = request.headers.origin;
  const isForeign =
    (site !== undefined && site !== 'same-origin' && site !== 'none') ||
    (origin !== undefined && !isSameOrigin(origin, request));
  if (isForeign)
    throw new DomainError('forbidden', 'permission_denied', 'A page of another origin may not change anything here.', {
      details: { required_permission: 'same-origin' },
    });
}

function isSameOrigin(origin: string, request: Request): boolean {
  return URL.canParse(origin) && new URL(origin).host === request.headers.host;
}
