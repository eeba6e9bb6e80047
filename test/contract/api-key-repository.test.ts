import { beforeAll, describe, expect, it } from 'vitest';
import { newId } from '#libs/ids';
import type { ApiKey } from '../../src/auth/api-key.js';
import type { ApiKeyRepository } from '../../src/auth/api-key.repository.js';
import { SqlApiKeyRepository } from '../../src/auth/drivers/sql-api-key.repository.js';
import { schema } from '../../src/schema/index.js';
import { openDatabase, sqlKinds } from '../support/sql.js';

function key(extra: Partial<ApiKey> = {}): ApiKey {
  return {
    id: newId(), name: '鍵 𝄞', userId: newId(), hint: 'st_abcd', scopes: ['job.submit'],
    createdAtMs: 1_700_000_000_001, expiresAtMs: null, lastUsedAtMs: null, revokedAtMs: null, ...extra,
  }; // prettier-ignore
}

describe.each(sqlKinds)('ApiKeyRepository over %s', (kind) => {
  let keys: ApiKeyRepository;
  beforeAll(async () => {
    keys = new SqlApiKeyRepository((await openDatabase(kind, schema)).database);
  });

  it('finds a key by its hash alone', async () => {
    const one = key();
    await keys.add(one, 'a'.repeat(64));
    expect(await keys.findByHash('a'.repeat(64))).toEqual(one);
    expect(await keys.findByHash('b'.repeat(64))).toBeUndefined();
  });

  it('lists the keys of one user, newest first', async () => {
    const userId = newId();
    const [older, newer] = [key({ userId, createdAtMs: 1 }), key({ userId, createdAtMs: 2 })];
    await keys.add(older, newId());
    await keys.add(newer, newId());
    await keys.add(key(), newId());
    expect((await keys.listByUser(userId)).map(({ id }) => id)).toEqual([newer.id, older.id]);
  });

  it('ends a key once, and only for its owner', async () => {
    const one = key();
    await keys.add(one, newId());
    expect(await keys.revoke(one.id, 'somebody else', 5)).toBe(false);
    expect(await keys.revoke(one.id, one.userId, 5)).toBe(true);
    expect(await keys.revoke(one.id, one.userId, 6)).toBe(false);
    expect((await keys.listByUser(one.userId))[0]?.revokedAtMs).toBe(5);
  });

  it('lets one of many callers note a use', async () => {
    const one = key();
    await keys.add(one, newId());
    const noted = await Promise.all(Array.from({ length: 10 }, () => keys.noteUse(one.id, 1_000, 900)));
    expect(noted.filter(Boolean)).toHaveLength(1);
    expect(await keys.noteUse(one.id, 2_000, 900)).toBe(false);
    expect(await keys.noteUse(one.id, 2_000, 1_001)).toBe(true);
  });
});
