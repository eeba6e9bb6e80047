import { SetMetadata, createParamDecorator, type CustomDecorator, type ExecutionContext } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import type { Caller, Permission } from './caller.js';
import { contextOf, type RequestContext } from './request-context.js';

export const ACCESS = 'access';

/** Who may use a route: anyone, anyone who has proved who they are, or holders of one of some permissions. */
export type Access = { readonly open: string } | { readonly login: true } | { readonly anyOf: readonly Permission[] };

/** The route is open to everyone; `reason` says why that is safe. */
export function Open(reason: string): CustomDecorator {
  return SetMetadata(ACCESS, { open: reason } satisfies Access);
}

/** The route is for every caller who has proved who they are. */
export function Login(): CustomDecorator {
  return SetMetadata(ACCESS, { login: true } satisfies Access);
}

/** The route is for holders of one of these permissions. */
export function RequirePermission(...anyOf: [Permission, ...Permission[]]): CustomDecorator {
  return SetMetadata(ACCESS, { anyOf } satisfies Access);
}

/** Parameter decorator: who is calling. */
export const CurrentCaller = createParamDecorator((_: unknown, execution: ExecutionContext): Caller => {
  return contextOf(execution.switchToHttp().getRequest<IncomingMessage>()).caller;
});

/** Parameter decorator: the request's context. */
export const CurrentContext = createParamDecorator((_: unknown, execution: ExecutionContext): RequestContext => {
  return contextOf(execution.switchToHttp().getRequest<IncomingMessage>());
});
