import { beforeEach, describe, expect, it } from 'vitest';
import { genesis } from '#libs/audit-chain';
import { ChainWalk } from '../../src/audit/chain-walk.js';
import { AuditUnderTest } from '../support/audit.js';
import { sqlKinds } from '../support/sql.js';

const ROWS_MAX = 10;
/** So old, a segment ends. */
const DAY_MS = 86_400_000;

describe.each(sqlKinds)('the walk along the audit log over %s', (kind) => {
  let audit: AuditUnderTest;
  let walk: ChainWalk;
  const begin = (): ChainWalk => new ChainWalk(audit.entries, audit.checkpoints, audit.verifier);
  /** As many rounds as a log of so many rows needs, and one for the rest. */
  const goThrough = async (rows = 35): Promise<void> => {
    for (let round = 0; round <= rows / (ROWS_MAX - 1) + 1; round += 1) await walk.next(ROWS_MAX);
  };
  // 30 rows that are a segment, 5 under no checkpoint.
  beforeEach(async () => {
    audit = await AuditUnderTest.open(kind);
    await audit.fill(29);
    audit.clock.advance(DAY_MS);
    await audit.fill(1);
    await audit.sign();
    await audit.fill(5);
    walk = begin();
  });

  it('finds nothing where there is nothing, in an empty log, while rows come, and after retention', async () => {
    await goThrough();
    await audit.fill(25);
    expect(await walk.next(ROWS_MAX)).toBe(true);
    await goThrough();
    await audit.checkpoints.exclusively(() => audit.checkpoints.retire(30));
    while (await audit.checkpoints.purge(100)) continue;
    await goThrough();
    expect(walk.isSound).toBe(true);
    audit = await AuditUnderTest.open(kind);
    walk = begin();
    expect(await walk.next(ROWS_MAX)).toBe(false);
    expect(walk.isSound).toBe(true);
  });

  it.each([
    ['an old row that was changed', "UPDATE audit_entries SET actor_id = 'mallory' WHERE sequence = 3"],
    ['a row that was deleted where one piece follows the other', 'DELETE FROM audit_entries WHERE sequence = 10'],
    ['a new row that was changed', "UPDATE audit_entries SET actor_id = 'mallory' WHERE sequence = 34"],
  ])('finds %s, also after a restart', async (_name, tampering) => {
    await goThrough();
    await audit.sql(tampering);
    await goThrough();
    expect(walk.isSound).toBe(false);
    walk = begin();
    await goThrough();
    expect(walk.isSound).toBe(false);
  });

  it.each([
    ['with all of it kept until then', false],
    ['after retention', true],
  ])('finds a log that was emptied, %s, also after a restart', async (_name, isRetired) => {
    if (isRetired) {
      await audit.checkpoints.exclusively(() => audit.checkpoints.retire(30));
      while (await audit.checkpoints.purge(100)) continue;
      await audit.sign();
    }
    await goThrough();
    await audit.sql(
      'DELETE FROM audit_entries',
      `UPDATE audit_head SET sequence = 0, hash = '${genesis.hash}', created_at_ms = 0`,
    );
    await walk.next(ROWS_MAX);
    expect(walk.isSound).toBe(false);
    walk = begin();
    await goThrough();
    expect(walk.isSound).toBe(false);
  });

  it('finds nothing where retention has taken all rows there were', async () => {
    audit = await AuditUnderTest.open(kind);
    await audit.fill(29);
    audit.clock.advance(DAY_MS);
    await audit.fill(1);
    await audit.sign();
    await audit.checkpoints.exclusively(() => audit.checkpoints.retire(30));
    while (await audit.checkpoints.purge(100)) continue;
    walk = begin();
    await goThrough();
    expect(walk.isSound).toBe(true);
  });

  it('takes a log for broken that has lost the record of its end or of its signatures, and goes on when it is back', async () => {
    await goThrough();
    const head = await audit.entries.head();
    await audit.sql('DELETE FROM audit_head');
    expect(await walk.next(ROWS_MAX)).toBe(false);
    expect(walk.isSound).toBe(false);
    await audit.sql(
      `INSERT INTO audit_head (id, sequence, hash, created_at_ms) VALUES (1, ${head.sequence}, '${head.hash}', ${audit.clock.now()})`,
    );
    await goThrough();
    expect(walk.isSound).toBe(true);
    await audit.sql('UPDATE audit_progress SET id = 2');
    expect(await walk.next(ROWS_MAX)).toBe(false);
    expect(walk.isSound).toBe(false);
    await audit.sql('UPDATE audit_progress SET id = 1');
    await goThrough();
    expect(walk.isSound).toBe(true);
    await audit.sql("UPDATE audit_entries SET actor_id = 'mallory' WHERE sequence = 34");
    await goThrough();
    expect(walk.isSound).toBe(false);
  });

  it('takes the log for sound again once all of it has been verified anew, by the walk or by somebody who asks', async () => {
    const change = (actor: string): Promise<void> =>
      audit.sql(`UPDATE audit_entries SET actor_id = '${actor}' WHERE sequence = 3`);
    await change('mallory');
    await goThrough();
    await change('local');
    expect(walk.isSound).toBe(false);
    await goThrough();
    await goThrough();
    expect(walk.isSound).toBe(true);
    await change('mallory');
    await audit.verify();
    expect(walk.isSound).toBe(false);
    await change('local');
    await audit.verify({ from: 2 });
    expect(walk.isSound).toBe(false);
    await audit.verify();
    expect(walk.isSound).toBe(true);
  });
});
