import { beforeEach, describe, expect, it } from 'vitest';
import { newId } from '#libs/ids';
import { SqlIdempotencyRepository } from '../../src/jobs/drivers/sql-idempotency.repository.js';
import { keyHashOf } from '../../src/jobs/idempotency.js';
import { KeyTaken, type RememberedSubmission } from '../../src/jobs/idempotency.repository.js';
import { schema } from '../../src/schema/index.js';
import { openDatabase, sqlKinds, type OpenedDatabase } from '../support/sql.js';

describe.each(sqlKinds)('IdempotencyRepository over %s', (kind) => {
  let opened: OpenedDatabase;
  let keys: SqlIdempotencyRepository;
  beforeEach(async () => {
    opened = await openDatabase(kind, schema);
    keys = new SqlIdempotencyRepository(opened.database);
  });

  const submission = (key: string, expiresAtMs = 1_000): RememberedSubmission => ({
    keyHash: keyHashOf('me', key),
    fingerprint: 'f',
    jobId: newId(),
    expiresAtMs,
  });
  const remember = (one: RememberedSubmission, nowMs = 0): Promise<void> =>
    opened.database.transaction(() => keys.remember(one, nowMs));

  it('remembers one of many submissions under one key', async () => {
    const rivals = Array.from({ length: 12 }, () => submission('same'));
    const outcomes = await Promise.allSettled(rivals.map((one) => remember(one)));
    const won = rivals.filter((_, index) => outcomes[index]?.status === 'fulfilled');
    expect(won).toHaveLength(1);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toBeInstanceOf(KeyTaken);
    expect(await keys.find(keyHashOf('me', 'same'), 999)).toMatchObject({ ...won[0] });
  });

  it('tells keys apart by user, case and spaces', async () => {
    for (const key of ['key', 'Key', 'key ']) await remember(submission(key));
    expect(await keys.find(keyHashOf('you', 'key'), 0)).toBeUndefined();
  });

  it('forgets at the instant of expiry, and takes the key anew', async () => {
    const first = submission('k', 1_000);
    await remember(first);
    expect(await keys.find(keyHashOf('me', 'k'), 999)).toMatchObject({ ...first });
    expect(await keys.find(keyHashOf('me', 'k'), 1_000)).toBeUndefined();
    const again = submission('k', 2_000);
    await remember(again, 1_000);
    expect(await keys.find(keyHashOf('me', 'k'), 1_500)).toMatchObject({ jobId: again.jobId });
    await keys.forgetExpired(2_000);
    await expect(remember(submission('k', 3_000), 0)).resolves.toBeUndefined();
  });
});
