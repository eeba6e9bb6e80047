import { beforeEach, describe, expect, it } from 'vitest';
import { Keyring } from '../../src/config/index.js';
import { AuditSeal } from '../../src/audit/audit-seal.js';
import type { EntryDraft } from '../../src/audit/audit.repository.js';
import { SqlAuditRepository } from '../../src/audit/drivers/sql-audit.repository.js';
import { schema } from '../../src/schema/index.js';
import { openDatabase, sqlKinds, type OpenedDatabase } from '../support/sql.js';

const seal = new AuditSeal(new Keyring('a master key for tests only, 32 bytes'));

function draft(extra: Partial<EntryDraft> = {}): EntryDraft {
  return {
    type: 'job.submitted', createdAtMs: 1_000, actorId: 'local', userId: 'local', address: '127.0.0.1', targetType: 'job',
    targetId: 'job-1', details: { text: '𝄞', nested: { b: 1, a: [1, 2] } }, correlationId: 'abc', ...extra,
  }; // prettier-ignore
}

describe.each(sqlKinds)('AuditRepository over %s', (kind) => {
  let opened: OpenedDatabase;
  let audit: SqlAuditRepository;
  beforeEach(async () => {
    opened = await openDatabase(kind, schema);
    audit = new SqlAuditRepository(opened.database);
  });

  const append = (extra: Partial<EntryDraft> = {}): Promise<unknown> =>
    audit.append(draft(extra), (entry) => seal.hash(entry));
  const verify = async (): Promise<{ valid: boolean; first_bad_sequence: number | null }> => {
    const head = await audit.head();
    return seal.verify(audit.walk(1, head.sequence), head);
  };

  it('makes one valid chain of what many writers append at once', async () => {
    await Promise.all(
      Array.from({ length: 40 }, (_, index) => append({ targetId: `job-${index}`, createdAtMs: 1_000 - index })),
    );
    expect(await verify()).toMatchObject({ valid: true, checked_rows: 40 });
  });

  it('keeps no row of a transaction that was rolled back, and leaves no gap', async () => {
    await append();
    const doomed = opened.database.transaction(async () => {
      await append();
      throw new Error('roll back');
    });
    await expect(doomed).rejects.toThrow('roll back');
    await append();
    expect(await verify()).toMatchObject({ valid: true, checked_rows: 2 });
  });

  it.each([
    ['a changed field', "UPDATE audit_entries SET actor_id = 'mallory' WHERE sequence = 3", 3],
    ['a changed detail', `UPDATE audit_entries SET details = '{}' WHERE sequence = 2`, 2],
    ['a removed row', 'DELETE FROM audit_entries WHERE sequence = 4', 4],
    ['a cut tail', 'DELETE FROM audit_entries WHERE sequence = 6', 6],
    ['a time set back', 'UPDATE audit_entries SET created_at_ms = 1 WHERE sequence = 5', 5],
  ])('names the row of %s', async (_, tampering, sequence) => {
    for (let index = 0; index < 6; index += 1) await append();
    await opened.database.run((manager) => manager.query(tampering));
    expect(await verify()).toMatchObject({ valid: false, first_bad_sequence: sequence });
  });

  it('pages through a filter without gap or overlap, with the real total', async () => {
    for (let index = 0; index < 12; index += 1)
      await append({ type: index % 2 ? 'job.deleted' : 'job.submitted', createdAtMs: 1_000 + index });
    const seen: number[] = [];
    let before: number | undefined;
    for (let more = true; more;) {
      const page = await audit.page({ types: ['job.deleted'], sinceMs: 1_001, untilMs: 1_011 }, 2, before);
      expect(page.total).toBe(5);
      seen.push(...page.entries.map((entry) => entry.sequence));
      before = page.entries.at(-1)?.sequence;
      more = page.hasMore;
    }
    expect(seen).toEqual([10, 8, 6, 4, 2]);
    expect((await audit.page({ targetId: 'nothing' }, 10, undefined)).entries).toEqual([]);
    expect(await audit.countByType()).toEqual({ 'job.deleted': 6, 'job.submitted': 6 });
  });
});
