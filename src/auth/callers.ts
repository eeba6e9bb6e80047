import { Injectable } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { Clock } from '#libs/clock';
import { AuditLog } from '../audit/index.js';
import { anonymous, CallerResolver, contextOf, permissions, type Caller } from '../http/index.js';
import { hashKey, isUsable, keyFromHeaders, type ApiKey } from './api-key.js';
import { ApiKeyRepository } from './api-key.repository.js';

/** How often the use of one key is noted and audited. */
const USE_NOTED_EVERY_MS = 3_600_000;

/** The user as whom local requests act while there are no accounts. */
export const LOCAL_USER = 'local';

const local: Caller = {
  kind: 'local',
  userId: LOCAL_USER,
  actor: LOCAL_USER,
  permissions: new Set(permissions),
  proof: 'local',
};

/**
 * Single-user mode (contract §3): a request from this machine acts as the admin `local`; any other caller needs an API key.
 * A key that is present decides alone, so that a wrong or narrow one is never widened by where it comes from.
 */
@Injectable()
export class SingleUserCallers extends CallerResolver {
  constructor(
    private readonly keys: ApiKeyRepository,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async resolve(request: IncomingMessage): Promise<Caller> {
    const text = keyFromHeaders(request.headers);
    if (text === undefined) return contextOf(request).isLocal ? local : anonymous;
    const key = await this.keys.findByHash(hashKey(text));
    if (!key || !isUsable(key, this.clock.now())) return anonymous;
    const caller = callerOf(key);
    await this.noteUse(key, caller, contextOf(request).client.address);
    return caller;
  }

  private async noteUse(key: ApiKey, caller: Caller, address: string): Promise<void> {
    const nowMs = this.clock.now();
    const dueMs = nowMs - USE_NOTED_EVERY_MS;
    if (key.lastUsedAtMs !== null && key.lastUsedAtMs >= dueMs) return;
    if (!(await this.keys.noteUse(key.id, nowMs, dueMs))) return;
    await this.audit.record({
      type: 'auth.api_key.used',
      actor: { id: caller.actor, userId: caller.userId, address },
      targetType: 'api_key',
      targetId: key.id,
    });
  }
}

function callerOf(key: ApiKey): Caller {
  return {
    kind: 'api_key',
    userId: key.userId,
    actor: `api_key:${key.name}`,
    permissions: new Set(key.scopes),
    proof: 'credential',
  };
}
