import { beforeEach, describe, expect, it } from 'vitest';
import { headOf } from '#libs/audit-chain';
import { ManualClock } from '#libs/clock';
import { Keyring } from '../../src/config/index.js';
import { AuditUnderTest, draft, masterKey } from '../support/audit.js';
import { sealedRowOf } from '../../src/audit/audit-row.js';
import { sqlKinds } from '../support/sql.js';

const columns =
  'type, created_at_ms, actor_id, user_id, address, target_type, target_id, details, correlation_id, clock_set_back_ms, previous_hash, hash, seal';

describe.each(sqlKinds)('tampering with the audit log over %s', (kind) => {
  let audit: AuditUnderTest;
  // Rows 1 to 4 and 5 to 8 under a checkpoint each, 9 and 10 under none.
  beforeEach(async () => {
    audit = await AuditUnderTest.open(kind);
    for (const isSigned of [true, true, false]) {
      await audit.fill(isSigned ? 4 : 2);
      if (isSigned) await audit.sign();
    }
  });

  it('is not found where there is none', async () => {
    expect(await audit.verify()).toMatchObject({
      finding: undefined,
      checkedRows: 10,
      signedThrough: 8,
      fromSegment: 1,
    });
    expect(await audit.checkpoints.page(9, undefined)).toMatchObject([{ sequence: 8 }, { sequence: 4 }]);
  });

  it.each([
    ["type = 'job.deleted'"],
    ['created_at_ms = created_at_ms - 1'],
    ["actor_id = 'mallory'"],
    ['user_id = NULL'],
    ["address = '192.0.2.1'"],
    ["target_type = 'user'"],
    ["target_id = 'job-77'"],
    [`details = '{}'`],
    [`details = 'not even JSON'`],
    ["correlation_id = 'other'"],
    ['clock_set_back_ms = 1'],
    [`hash = '${'0'.repeat(64)}'`],
  ])('names the row of a flip: %s', async (change) => {
    await audit.sql(`UPDATE audit_entries SET ${change} WHERE sequence = 3`);
    expect(await audit.found()).toBe('altered 3');
    expect(await audit.found({ from: 4 })).toBe('nothing');
    expect(await audit.found({ from: 3, to: 3 })).toBe('altered 3');
    expect((await audit.entries.page({}, 50, undefined)).entries).toHaveLength(10);
  });

  it('names a forged seal', async () => {
    await audit.sql(`UPDATE audit_entries SET seal = '${'0'.repeat(64)}' WHERE sequence = 6`);
    expect(await audit.found()).toBe('forged 6');
  });

  it('names a deleted row, also at the beginning and under a range', async () => {
    await audit.sql('DELETE FROM audit_entries WHERE sequence = 6');
    expect(await audit.found()).toBe('deleted 6');
    expect(await audit.found({ from: 6, to: 7 })).toBe('deleted 6');
    await audit.sql('DELETE FROM audit_entries WHERE sequence = 1');
    expect(await audit.found()).toBe('deleted 1');
  });

  it('names an inserted row', async () => {
    await audit.sql(
      `INSERT INTO audit_entries (sequence, ${columns}) SELECT 11, ${columns} FROM audit_entries WHERE sequence = 10`,
    );
    expect(await audit.found()).toBe('altered 11');
  });

  it('names the first of two rows that changed places', async () => {
    await audit.sql(
      'UPDATE audit_entries SET sequence = 99 WHERE sequence = 3',
      'UPDATE audit_entries SET sequence = 3 WHERE sequence = 5',
      'UPDATE audit_entries SET sequence = 5 WHERE sequence = 99',
    );
    expect(await audit.found()).toBe('altered 3');
    expect(await audit.found({ to: 2 })).toBe('nothing');
  });

  it('names where a cut tail began', async () => {
    await audit.sql('DELETE FROM audit_entries WHERE sequence > 9');
    expect(await audit.found()).toBe('truncated 10');
  });

  it('names where a cut tail began, when the end of the chain was cut back with it', async () => {
    const { hash } = (await audit.entries.find(6))!;
    await audit.sql(
      'DELETE FROM audit_entries WHERE sequence > 6',
      `UPDATE audit_head SET sequence = 6, hash = '${hash}' WHERE id = 1`,
    );
    expect(await audit.found()).toBe('truncated 7');
  });

  it('says that the record of the end is gone, after whatever else it finds', async () => {
    await audit.sql('DELETE FROM audit_head');
    expect(await audit.found()).toBe('end_lost 10');
    expect(await audit.found({ from: 9 })).toBe('end_lost 10');
    expect(await audit.found({ from: 2, to: 9 })).toBe('nothing');
    await expect(audit.append({})).rejects.toThrow('audit_head');
    await audit.sql("UPDATE audit_entries SET actor_id = 'mallory' WHERE sequence = 3");
    expect(await audit.found()).toBe('altered 3');
    await audit.sql('DELETE FROM audit_entries');
    expect(await audit.found()).toBe('truncated 1');
  });

  /** Rewrites the history after row 5 by all rules, with the given keys. */
  const fork = async (keyring: Keyring): Promise<void> => {
    const fifth = (await audit.entries.find(5))!;
    await audit.sql(
      'DELETE FROM audit_entries WHERE sequence > 5',
      `UPDATE audit_head SET sequence = 5, hash = '${headOf(sealedRowOf(fifth)).hash}' WHERE id = 1`,
    );
    const forger = new AuditUnderTest(audit.database, audit.clock, keyring);
    for (let row = 0; row < 5; row += 1) await forger.append({ actorId: 'mallory' });
  };

  it('names the first row of a fork by somebody without the key', async () => {
    await fork(new Keyring('another master key of at least 32 bytes'));
    expect(await audit.found()).toBe('forged 6');
  });

  it('finds a fork by somebody with the key of the seals, by the checkpoint', async () => {
    await fork(new Keyring(masterKey));
    const { finding } = await audit.verify();
    expect(finding).toEqual({ kind: 'forked', sequence: 5, throughSequence: 8 });
  });

  it('names a checkpoint that was forged', async () => {
    await audit.sql('UPDATE audit_checkpoints SET signed_at_ms = signed_at_ms + 1 WHERE sequence = 4');
    expect(await audit.found()).toBe('bad_checkpoint 4');
  });

  it('signs nothing that was tampered with, and exports no such end', async () => {
    await audit.sql(`UPDATE audit_entries SET actor_id = 'mallory' WHERE sequence = 10`);
    await audit.sign();
    expect((await audit.checkpoints.progress()).signedThrough).toBe(8);
    await expect(audit.exporter.open({ format: 'jsonl', filter: {} })).rejects.toMatchObject({
      code: 'audit_chain_broken',
    });
  });

  it('tells of a clock that was set back, and does not call it tampering', async () => {
    const late = audit.replica(new ManualClock(audit.clock.now() - 3_600_000));
    const [written] = await late.append({});
    await audit.append({});
    expect(written).toMatchObject({ clockSetBackMs: 3_600_000, createdAtMs: late.clock.now() });
    expect(await audit.verify()).toMatchObject({ finding: undefined, clock: { stepCount: 1, firstStep: 11 } });
  });

  it('takes clocks that differ by a little without remark', async () => {
    const late = audit.replica(new ManualClock(audit.clock.now() - 59_000));
    await late.append({}, {});
    await audit.append({});
    await late.append({});
    expect(await audit.verify()).toMatchObject({ finding: undefined, clock: { stepCount: 0, firstStep: null } });
  });

  it('names a row whose writer kept silent about the clock, though it had the key', async () => {
    const { timeMs } = { timeMs: audit.clock.now() - 3_600_000 };
    await audit.entries.append([draft()], (given, head) => {
      const liar = new AuditUnderTest(audit.database, new ManualClock(timeMs));
      return liar.chain.link(given, { ...head, timeMs });
    });
    expect(await audit.found()).toBe('time_set_back 11');
  });

  it('accepts what was sealed and signed before the master key was changed', async () => {
    const rotated = new Keyring('a new master key, of 32 bytes and more', [masterKey]);
    const now = new AuditUnderTest(audit.database, audit.clock, rotated);
    await now.append({}, {});
    await now.sign();
    expect(await now.verify()).toMatchObject({ finding: undefined, checkedRows: 12, signedThrough: 12 });
    expect(await audit.found()).toBe('forged 11');
  });
});
