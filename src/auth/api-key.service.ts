import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { newId } from '#libs/ids';
import { AuditLog } from '../audit/index.js';
import { Database } from '../database/index.js';
import { DomainError, notFound, type Actor, type Caller, type Permission } from '../http/index.js';
import { mintKey, type ApiKey } from './api-key.js';
import { ApiKeyRepository } from './api-key.repository.js';

/** How many keys in use one user may hold. */
const KEYS_PER_USER_MAX = 100;
const DAY_MS = 86_400_000;

export interface NewKey {
  readonly name: string;
  /** What the key may do; everything its maker may do when absent. */
  readonly scopes?: readonly Permission[];
  readonly expiresInDays?: number;
}

@Injectable()
export class ApiKeyService {
  constructor(
    private readonly keys: ApiKeyRepository,
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** Makes a key; its text is returned here and never again. */
  async create(wish: NewKey, caller: Caller, actor: Actor): Promise<{ key: ApiKey; text: string }> {
    const userId = userOf(caller);
    const scopes = wish.scopes ?? [...caller.permissions];
    const beyond = scopes.find((scope) => !caller.permissions.has(scope));
    if (beyond)
      throw new DomainError('forbidden', 'permission_denied', `Nobody can grant what they do not hold: ${beyond}.`, {
        details: { required_permission: beyond },
      });
    const minted = mintKey();
    const nowMs = this.clock.now();
    const key: ApiKey = {
      id: newId(),
      name: wish.name,
      userId,
      hint: minted.hint,
      scopes,
      createdAtMs: nowMs,
      expiresAtMs: wish.expiresInDays === undefined ? null : nowMs + wish.expiresInDays * DAY_MS,
      lastUsedAtMs: null,
      revokedAtMs: null,
    };
    await this.database.transaction(async () => {
      const inUse = (await this.keys.listByUser(userId)).filter((held) => held.revokedAtMs === null);
      if (inUse.length >= KEYS_PER_USER_MAX)
        throw new DomainError(
          'conflict',
          'conflict',
          `At most ${KEYS_PER_USER_MAX} keys can be in use; revoke one first.`,
        );
      await this.keys.add(key, minted.hash);
      await this.audit.record({
        type: 'api_key.created',
        actor,
        targetType: 'api_key',
        targetId: key.id,
        details: { name: key.name, scopes },
      });
    });
    return { key, text: minted.text };
  }

  list(caller: Caller): Promise<ApiKey[]> {
    return this.keys.listByUser(userOf(caller));
  }

  /** Ends a key at once. */
  async revoke(id: string, caller: Caller, actor: Actor): Promise<void> {
    await this.database.transaction(async () => {
      if (!(await this.keys.revoke(id, userOf(caller), this.clock.now()))) throw notFound(`The API key ${id}`);
      await this.audit.record({ type: 'api_key.revoked', actor, targetType: 'api_key', targetId: id });
    });
  }
}

function userOf(caller: Caller): string {
  if (caller.userId === null) throw new Error('An anonymous caller passed the access guard');
  return caller.userId;
}
