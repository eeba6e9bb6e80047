import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { withLogContext } from '#libs/log';
import type { AuditEvent } from '../../src/audit/index.js';
import { AuditUnderTest } from '../support/audit.js';
import { sqlKinds } from '../support/sql.js';

const actor = { id: 'anonymous', userId: null, address: '192.0.2.1' };
const denied: AuditEvent = { type: 'storage.denied', actor, targetType: 'bucket', targetId: 'b' };

describe.each(sqlKinds)('AuditLog over %s', (kind) => {
  let audit: AuditUnderTest;
  beforeEach(async () => {
    audit = await AuditUnderTest.open(kind);
    await audit.lifecycle.start();
  });
  afterEach(() => audit.lifecycle.stop());

  const total = (): Promise<number> => audit.entries.count({});

  it('writes a row with the change, or neither', async () => {
    const change = (fails: boolean): Promise<void> =>
      audit.database.transaction(async () => {
        await audit.log.record({ ...denied, type: 'config.changed' });
        if (fails) throw new Error('the change failed');
      });
    await expect(change(true)).rejects.toThrow('the change failed');
    expect(await total()).toBe(0);
    await change(false);
    expect(await total()).toBe(1);
  });

  it('makes one chain of rows that are recorded alone and rows in transactions, all at once', async () => {
    const alone = Array.from({ length: 60 }, () => audit.log.record(denied));
    const within = Array.from({ length: 20 }, () =>
      audit.database.transaction(async () => {
        await audit.log.record(denied);
        await audit.log.record(denied);
      }),
    );
    await Promise.all([...alone, ...within]);
    expect(await audit.verify()).toMatchObject({ finding: undefined, checkedRows: 100 });
  });

  it('tells a caller whose row could not be written', async () => {
    await audit.sql('UPDATE audit_head SET id = 2');
    await expect(audit.log.record(denied)).rejects.toThrow();
    await audit.sql('UPDATE audit_head SET id = 1');
    await audit.log.record(denied);
    expect(await total()).toBe(1);
  });

  it('keeps what was gathered out of a transaction that is rolled back, and its correlation id', async () => {
    const doomed = withLogContext({ correlation_id: 'request-7' }, () =>
      audit.database.transaction(async () => {
        audit.log.recordCoalesced(denied, 'a');
        throw new Error('roll back');
      }),
    );
    await expect(doomed).rejects.toThrow('roll back');
    await vi.waitFor(async () => expect(await audit.entries.find(1)).toMatchObject({ correlationId: 'request-7' }));
  });

  it('makes two rows of a thousand equal events, the second when the server stops', async () => {
    for (let index = 0; index < 1_000; index += 1) audit.log.recordCoalesced(denied, 'a');
    await vi.waitFor(async () => expect(await total()).toBe(1));
    await audit.lifecycle.stop();
    expect(await audit.entries.find(2)).toMatchObject({ type: 'storage.denied', details: { repeated: 999 } });
    expect(await audit.verify()).toMatchObject({ finding: undefined, checkedRows: 2 });
  });

  it('writes what was gathered once the database takes it again', async () => {
    await audit.sql('UPDATE audit_head SET id = 2');
    audit.log.recordCoalesced(denied, 'a');
    await expect(audit.log.record(denied)).rejects.toThrow();
    await audit.sql('UPDATE audit_head SET id = 1');
    expect(await total()).toBe(0);
    await vi.waitFor(async () => {
      audit.clock.advance(1_000);
      expect(await total()).toBe(1);
    });
  });
});
