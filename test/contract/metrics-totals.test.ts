import { beforeEach, describe, expect, it } from 'vitest';
import { SqlFleetTotals } from '../../src/metrics/drivers/sql-fleet-totals.js';
import { FleetCounters } from '../../src/metrics/fleet-counters.js';
import type { TotalChange } from '../../src/metrics/index.js';
import { schema } from '../../src/schema/index.js';
import { openDatabase, sqlKinds, type OpenedDatabase } from '../support/sql.js';

describe.each(sqlKinds)('FleetTotals over %s', (kind) => {
  let opened: OpenedDatabase;
  let totals: SqlFleetTotals;
  beforeEach(async () => {
    opened = await openDatabase(kind, schema);
    totals = new SqlFleetTotals(opened.database);
  });

  const rows = async (): Promise<number> => {
    const [row] = await opened.source.query<[{ rows_there: string | number }]>(
      "SELECT COUNT(*) AS rows_there FROM metric_totals WHERE name IN ('a', 'b')",
    );
    return Number(row.rows_there);
  };

  it('adds up by name and labels, whatever characters these hold', async () => {
    await totals.add([
      { name: 'a', labels: ['x', 'y"\\\n'], amount: 2 },
      { name: 'a', labels: ['X', 'y"\\\n'], amount: 5 },
      { name: 'b', amount: 9_007_199_254_000_000 },
      { name: 'b', amount: 0 },
    ]);
    await totals.add([{ name: 'a', labels: ['x', 'y"\\\n'], amount: -3 }]);
    const read = await totals.read();
    expect(new Map(read.entries('a'))).toEqual(
      new Map([
        [['x', 'y"\\\n'], -1],
        [['X', 'y"\\\n'], 5],
      ]),
    );
    expect([read.sum('a'), read.sum('b'), read.sum('never')]).toEqual([4, 9_007_199_254_000_000, 0]);
    expect(read.sumBy('a', 1)).toEqual(new Map([['y"\\\n', 4]]));
  });

  it('changes with the transaction that it is told in, or not at all', async () => {
    const failed = opened.database.transaction(async () => {
      await totals.add([{ name: 'a', amount: 1 }]);
      throw new Error('undone');
    });
    await expect(failed).rejects.toThrow('undone');
    expect((await totals.read()).sum('a')).toBe(0);
  });

  it('loses and invents nothing while eight writers add, two replicas fold and a reader sees only growing sums', async () => {
    const other = new SqlFleetTotals(opened.database);
    const changes = (writer: number): TotalChange[] => [
      { name: 'a', labels: [String(writer % 3)], amount: writer + 1 },
      { name: 'b', amount: 1 },
    ];
    const over = new AbortController();
    const seen: number[] = [];
    const reading = (async () => {
      while (!over.signal.aborted) seen.push((await totals.read()).sum('b'));
    })();
    const folding = [totals, other].map(async (folder) => {
      while (!over.signal.aborted) await folder.fold();
    });
    await Promise.all(
      Array.from({ length: 8 }, async (_, writer) => {
        for (let round = 0; round < 60; round += 1) await totals.add(changes(writer));
      }),
    );
    over.abort();
    await Promise.all([reading, ...folding]);
    while (await totals.fold()) continue;
    const read = await totals.read();
    expect(read.sumBy('a', 0)).toEqual(
      new Map([
        ['0', (1 + 4 + 7) * 60],
        ['1', (2 + 5 + 8) * 60],
        ['2', (3 + 6) * 60],
      ]),
    );
    expect(read.sum('b')).toBe(480);
    expect(seen).toEqual([...seen].sort((one, next) => one - next));
    expect(await rows()).toBeLessThan(4 + 100);
  });

  it('joins the parts of a total also when there are more totals than one round takes', async () => {
    await totals.add(Array.from({ length: 2_500 }, (_, index) => ({ name: 'a', labels: [String(index)], amount: 1 })));
    for (let round = 0; round < 3; round += 1)
      await totals.add(Array.from({ length: 900 }, () => ({ name: 'b', amount: 1 })));
    while (await totals.fold()) continue;
    expect(await rows()).toBeLessThan(2_501 + 100);
    const read = await totals.read();
    expect([read.sum('a'), read.sum('b'), read.entries('a').length]).toEqual([2_500, 2_700, 2_500]);
  });

  it('is given what was counted in memory at once, and again after the database has failed', async () => {
    let isDown = true;
    const add = (changes: readonly TotalChange[]): Promise<void> =>
      isDown ? Promise.reject(new Error('down')) : totals.add(changes);
    const counters = new FleetCounters({ add, read: () => totals.read(), fold: () => totals.fold() });
    counters.add('a', 1, ['x']);
    await expect(counters.flush()).rejects.toThrow('down');
    counters.add('a', 2, ['x']);
    isDown = false;
    await Promise.all([counters.flush(), counters.flush()]);
    expect((await totals.read()).entries('a')).toEqual([[['x'], 3]]);
    expect(await rows()).toBe(1);
  });
});
