import { beforeEach, describe, expect, it, vi } from 'vitest';
import { entryColumns } from '../../src/audit/drivers/entry-row.js';
import type { AuditFilter } from '../../src/audit/audit.repository.js';
import { AuditUnderTest } from '../support/audit.js';
import { sqlKinds } from '../support/sql.js';

describe.each(sqlKinds)('AuditRepository over %s', (kind) => {
  let audit: AuditUnderTest;
  beforeEach(async () => {
    audit = await AuditUnderTest.open(kind);
  });

  const pages = async (filter: AuditFilter, limit: number): Promise<number[]> => {
    const seen: number[] = [];
    for (let before: number | undefined, more = true; more;) {
      const page = await audit.entries.page(filter, limit, before);
      seen.push(...page.entries.map((entry) => entry.sequence));
      before = seen.at(-1);
      more = page.hasMore;
    }
    return seen;
  };

  it('makes one valid chain of what eight writers append at once, five hundred rows each', async () => {
    const writers = await AuditUnderTest.openFleet(kind, 8);
    await Promise.all(
      writers.map(async (writer, index) => {
        for (let row = 0; row < 500; row += 1) {
          writer.clock.advance(1);
          await writer.append({ actorId: `writer-${index}`, details: { row } });
        }
      }),
    );
    for (const reader of [writers[0]!, writers[7]!]) {
      expect(await reader.verify()).toMatchObject({ finding: undefined, checkedRows: 4_000 });
      expect(await reader.entries.count({})).toBe(4_000);
    }
  });

  it('adds a row in one statement while nobody else writes, and nothing at all when that fails', async () => {
    for (let row = 1; row <= 3; row += 1) await audit.append({});
    const transaction = vi.spyOn(audit.database, 'transaction');
    await audit.append({ details: { text: "'; DROP TABLE audit_entries; -- \\'" } });
    expect(transaction).toHaveBeenCalledTimes(kind === 'sqlite' ? 1 : 0);
    // A row that somebody has put in the way.
    const copied = entryColumns.replace('sequence, ', '');
    await audit.sql(
      `INSERT INTO audit_entries (sequence, ${copied}) SELECT 5, ${copied} FROM audit_entries WHERE sequence = 4`,
    );
    await expect(audit.append({})).rejects.toThrow();
    expect(await audit.entries.head()).toMatchObject({ sequence: 4 });
    await audit.sql('DELETE FROM audit_entries WHERE sequence = 5');
    await Promise.all(Array.from({ length: 12 }, () => audit.append({})));
    expect(await audit.verify()).toMatchObject({ finding: undefined, checkedRows: 16 });
  });

  it('gives back what was recorded, to the last character', async () => {
    const details = { text: '𝄞 "\\ \u0007', deep: [{ a: null, b: 1e21, c: -0.5 }], '': '', __proto__x: 'ü' };
    const [written] = await audit.append({ actorId: 'ä'.repeat(128), userId: null, address: null, details });
    expect(await audit.entries.find(1)).toEqual(written);
    expect(await audit.found()).toBe('nothing');
  });

  it('keeps no row of a transaction that was rolled back, and leaves no gap', async () => {
    await audit.append({});
    const doomed = audit.database.transaction(async () => {
      await audit.append({});
      await audit.append({});
      throw new Error('roll back');
    });
    await expect(doomed).rejects.toThrow('roll back');
    await audit.append({});
    expect(await audit.verify()).toMatchObject({ finding: undefined, checkedRows: 2 });
  });

  it('pages through any filter without gap or overlap', async () => {
    for (let index = 1; index <= 12; index += 1) {
      audit.clock.advance(1_000);
      const type = ['job.submitted', 'job.deleted', 'auth.logout'][index % 3] ?? '';
      await audit.append({ type, actorId: index % 2 ? 'odd' : 'even', address: `10.0.0.${index % 4}` });
    }
    const endMs = audit.clock.now();
    expect(await pages({}, 5)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    expect(await pages({ types: ['job.deleted'] }, 3)).toEqual([10, 7, 4, 1]);
    expect(await pages({ types: ['job.deleted', 'auth.logout', 'quota.changed'] }, 3)).toEqual([
      11, 10, 8, 7, 5, 4, 2, 1,
    ]);
    expect(await pages({ types: ['job.deleted', 'auth.logout'], actorId: 'odd' }, 1)).toEqual([11, 7, 5, 1]);
    expect(await pages({ sinceMs: endMs - 5_000, untilMs: endMs - 1_000 }, 2)).toEqual([10, 9, 8, 7]);
    expect(await pages({ address: '10.0.0.2' }, 2)).toEqual([10, 6, 2]);
    expect(await pages({ targetType: 'job', targetId: 'nothing' }, 2)).toEqual([]);
    expect(await audit.entries.count({ types: ['job.deleted', 'auth.logout'], actorId: 'odd' })).toBe(4);
    expect(await audit.entries.count({ sinceMs: endMs - 5_000, untilMs: endMs - 1_000 })).toBe(4);
  });

  it('keeps counts that are those of a recount, before and after they are folded', async () => {
    const add = (): Promise<unknown> =>
      audit.append({ type: 'job.deleted' }, { type: 'auth.logout' }, { type: 'job.deleted' });
    const expected = (times: number): object => ({ 'job.deleted': 2 * times, 'auth.logout': times });
    await add();
    expect(await audit.entries.countByType()).toEqual(expected(1));
    await audit.sign();
    expect(await audit.entries.countByType()).toEqual(expected(1));
    await add();
    expect(await audit.entries.countByType()).toEqual(expected(2));
    await audit.sign();
    expect(await audit.entries.countByType()).toEqual(expected(2));
    expect(await audit.entries.count({ types: ['job.deleted'] })).toBe(4);
    expect((await audit.checkpoints.progress()).countedThrough).toBe(6);
  });
});
