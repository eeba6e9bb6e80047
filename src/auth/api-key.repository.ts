import type { ApiKey } from './api-key.js';

/** Where API keys live. Every driver must pass test/contract/api-key-repository.test.ts. */
export abstract class ApiKeyRepository {
  /** Stores a new key under the hash of its text. */
  abstract add(key: ApiKey, hash: string): Promise<void>;
  abstract findByHash(hash: string): Promise<ApiKey | undefined>;
  /** All keys of a user, revoked ones too, newest first. */
  abstract listByUser(userId: string): Promise<ApiKey[]>;
  /** Ends a key of this user; false when there is no such key or it has ended already. */
  abstract revoke(id: string, userId: string, atMs: number): Promise<boolean>;
  /** Notes a use; false when one was noted since `notSinceMs` already, so that of several callers one alone reports it. */
  abstract noteUse(id: string, atMs: number, notSinceMs: number): Promise<boolean>;
}
