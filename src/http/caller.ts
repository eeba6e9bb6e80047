import type { IncomingMessage } from 'node:http';

/** Everything a caller may be permitted to do (contract §3). */
export const permissions = [
  'job.submit', 'job.view.own', 'job.view.all', 'job.cancel.own', 'job.cancel.all', 'job.delete.own', 'job.delete.all',
  'job.priority.high', 'job.bypass.queue', 'job.bypass.approval', 'job.bypass.quota', 'config.view', 'queue.view',
  'queue.view.all', 'queue.cancel.own', 'queue.cancel.all', 'queue.approve', 'queue.manage', 'quota.view', 'quota.manage',
  'admin.users', 'admin.levels', 'admin.approve', 'admin.config', 'admin.audit', 'admin.backup', 'admin.metrics',
  'admin.secrets', 'api.access', 'api.keys.own', 'api.keys.all',
] as const; // prettier-ignore

export type Permission = (typeof permissions)[number];

/** Who is calling, as established before any route is reached. */
export interface Caller {
  readonly kind: 'anonymous' | 'local' | 'user' | 'api_key';
  /** The user on whose behalf the request acts; `local` in single-user mode; null for anonymous callers. */
  readonly userId: string | null;
  /** How the caller is called in the audit log, e.g. `local` or `api_key:ci`. */
  readonly actor: string;
  readonly permissions: ReadonlySet<Permission>;
  /** What the identity leans on; a browser can be made to send the first two by a foreign page. */
  readonly proof: 'none' | 'local' | 'cookie' | 'credential';
}

export const anonymous: Caller = {
  kind: 'anonymous',
  userId: null,
  actor: 'anonymous',
  permissions: new Set(),
  proof: 'none',
};

/** Says who sent a request. A credential that is present but wrong is an anonymous caller, not an error. */
export abstract class CallerResolver {
  abstract resolve(request: IncomingMessage): Promise<Caller>;
}

/** Who did something, as audit rows and timelines tell it. */
export interface Actor {
  /** `local`, `user:…`, `api_key:…`, or a part of the server such as `dispatcher`. */
  readonly id: string;
  readonly userId: string | null;
  readonly address: string | null;
}
