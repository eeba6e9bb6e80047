import { beforeEach, describe, expect, it } from 'vitest';
import { verifyExport } from '#libs/audit-chain';
import { AuditRetention } from '../../src/audit/audit-retention.js';
import { loadConfig } from '../../src/config/index.js';
import { AuditUnderTest } from '../support/audit.js';
import { sqlKinds } from '../support/sql.js';

const DAY_MS = 86_400_000;
const config = loadConfig({ SIMPLETUNER_AUDIT_RETENTION_DAYS: '30' });

describe.each(sqlKinds)('retention of the audit log over %s', (kind) => {
  let audit: AuditUnderTest;
  let retention: AuditRetention;
  // Three segments of 3,000 rows, a day and a half apart.
  beforeEach(async () => {
    audit = await AuditUnderTest.open(kind);
    retention = new AuditRetention(audit.checkpoints, audit.log, audit.clock, config);
    for (let segment = 0; segment < 3; segment += 1) {
      await audit.fill(2_999);
      audit.clock.advance(1.5 * DAY_MS);
      await audit.append({ type: 'auth.logout' });
      await audit.sign();
    }
  });

  const apply = async (): Promise<void> => {
    while (await retention.round()) continue;
  };

  it('signs every 1,000 rows, and ends a segment after a day', async () => {
    const found = await audit.checkpoints.page(50, undefined);
    expect(found.map(({ sequence }) => sequence)).toEqual([
      9_000, 8_000, 7_000, 6_000, 5_000, 4_000, 3_000, 2_000, 1_000,
    ]);
    expect(found.filter(({ endsSegment }) => endsSegment).map(({ sequence }) => sequence)).toEqual([
      9_000, 6_000, 3_000,
    ]);
    expect(found.map(({ segment }) => segment)).toEqual([3, 3, 3, 2, 2, 2, 1, 1, 1]);
  });

  it('does nothing before its time', async () => {
    await apply();
    expect(await audit.verify()).toMatchObject({ finding: undefined, checkedRows: 9_000, fromSegment: 1 });
  });

  it('drops whole segments, says so in the log, and what is left is valid from the next segment', async () => {
    audit.clock.advance(28 * DAY_MS);
    await apply();
    const verification = await audit.verify();
    expect(verification).toMatchObject({ finding: undefined, checkedRows: 6_001, fromSequence: 3_001, fromSegment: 2 });
    expect(await audit.entries.find(9_001)).toMatchObject({
      type: 'config.changed',
      targetType: 'audit_segment',
      targetId: '1',
    });
    expect(await audit.entries.countByType()).toEqual({
      'job.submitted': 5_998,
      'auth.logout': 2,
      'config.changed': 1,
    });
    const left = await audit.checkpoints.page(50, undefined);
    expect(left.map(({ sequence }) => sequence)).toEqual([9_000, 8_000, 7_000, 6_000, 5_000, 4_000, 3_000]);
    await apply();
    expect(await audit.entries.count({})).toBe(6_001);
  });

  it('keeps finding what is wrong in the rest, and a segment that others have dropped', async () => {
    audit.clock.advance(28 * DAY_MS);
    await apply();
    await audit.sql('DELETE FROM audit_entries WHERE sequence = 3001');
    expect(await audit.found()).toBe('deleted 3001');
    await audit.sql('DELETE FROM audit_entries WHERE sequence <= 6000');
    expect(await audit.found()).toBe('deleted 3001');
  });

  it('exports what is left so that it can be proved', async () => {
    audit.clock.advance(28 * DAY_MS);
    await apply();
    const { name, chunks } = await audit.exporter.open({ format: 'jsonl', filter: {} });
    let text = '';
    for await (const chunk of chunks) text += chunk;
    const lines = (async function* () {
      yield* text.trimEnd().split('\n');
    })();
    expect(name).toBe('audit-3001-9001.jsonl');
    expect(await verifyExport(lines, audit.chain.publicKeys)).toMatchObject({
      ok: true,
      rowCount: 6_001,
      firstSequence: 3_001,
    });
  });
});
