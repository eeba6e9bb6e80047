import { beforeEach, describe, expect, it } from 'vitest';
import { newId } from '#libs/ids';
import { schema } from '../../src/schema/index.js';
import type { NewDelivery } from '../../src/webhooks/delivery.js';
import { SqlDeliveryRepository } from '../../src/webhooks/drivers/sql-delivery.repository.js';
import { openDatabase, sqlKinds } from '../support/sql.js';

function delivery(extra: Partial<NewDelivery> = {}): NewDelivery {
  return {
    id: newId(), provider: 'process', webhookId: newId(), jobId: 'job-1', address: '127.0.0.1', correlationId: 'abc',
    receivedAtMs: 1_000, body: { text: '𝄞', big: 'x'.repeat(100_000) }, ...extra,
  }; // prettier-ignore
}

describe.each(sqlKinds)('DeliveryRepository over %s', (kind) => {
  let deliveries: SqlDeliveryRepository;
  beforeEach(async () => {
    deliveries = new SqlDeliveryRepository((await openDatabase(kind, schema)).database);
  });

  it('stores each sender id once, also when duplicates come together or from two replicas at once', async () => {
    const webhookId = newId();
    const [one, twin, other] = [delivery({ webhookId }), delivery({ webhookId }), delivery()];
    const stored = await deliveries.add([one, twin, other]);
    expect([...stored].sort()).toEqual([one.id, other.id].sort());
    const racing = await Promise.all(
      Array.from({ length: 8 }, () => deliveries.add([delivery({ webhookId: 'raced' })])),
    );
    expect(racing.filter((set) => set.size === 1)).toHaveLength(1);
    expect(await deliveries.find(one.id)).toMatchObject({ ...one, state: 'pending', attempts: 0 });
  });

  it('takes ids that differ in the case of a letter or in an accent for different ones', async () => {
    const ids = ['msg_a', 'MSG_A', 'msg_á', 'msg_𝄞', 'msg_𝄢'];
    expect((await deliveries.add(ids.map((webhookId) => delivery({ webhookId })))).size).toBe(ids.length);
  });

  it('takes the same sender id of another provider for another delivery', async () => {
    const webhookId = newId();
    const stored = await deliveries.add([delivery({ webhookId }), delivery({ webhookId, provider: 'replicate' })]);
    expect(stored.size).toBe(2);
  });

  it('gives a delivery to one claimer at a time, and again when its claim has run out', async () => {
    await deliveries.add(Array.from({ length: 20 }, () => delivery()));
    const claims = await Promise.all(Array.from({ length: 4 }, () => deliveries.claim(2_000, 5_000, 10)));
    const ids = claims.flat().map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    const rest = await deliveries.claim(2_000, 5_000, 100);
    expect(ids.length + rest.length).toBe(20);
    expect(await deliveries.claim(4_999, 9_000, 100)).toHaveLength(0);
    expect(await deliveries.claim(5_000, 9_000, 100)).toHaveLength(20);
  });

  it('gives a process that is alone what is due, again and again until it is done with', async () => {
    const [first, later, done] = [delivery(), delivery(), delivery()];
    await deliveries.add([first, later, done]);
    await deliveries.complete([done.id], 'applied', 1);
    await deliveries.fail(later.id, 1, 'later', 8_000);
    const ids = async (nowMs: number, limit = 10): Promise<string[]> =>
      (await deliveries.due(nowMs, limit)).map(({ id }) => id);
    expect(await ids(999)).toEqual([]);
    expect(await ids(2_000)).toEqual([first.id]);
    expect(await ids(2_000)).toEqual([first.id]);
    expect(await ids(8_000)).toEqual([first.id, later.id]);
    expect(await ids(8_000, 1)).toEqual([first.id]);
  });

  it('gives everything that waits to a process that is alone, at once', async () => {
    const [claimed, later, done] = [delivery(), delivery(), delivery()];
    await deliveries.add([claimed, later, done]);
    await deliveries.claim(2_000, 60_000, 1);
    await deliveries.fail(later.id, 1, 'later', 90_000);
    await deliveries.complete([done.id], 'applied', 1);
    await deliveries.takeOver(3_000);
    const due = await deliveries.claim(3_000, 9_000, 10);
    expect(due.map(({ id }) => id).sort()).toEqual([claimed.id, later.id].sort());
  });

  it('completes a delivery once', async () => {
    const one = delivery();
    await deliveries.add([one]);
    const results = await Promise.all([1, 2, 3].map((at) => deliveries.complete([one.id], 'applied', at)));
    expect(results.filter(Boolean)).toHaveLength(1);
    expect(await deliveries.claim(9_999, 10_000, 10)).toHaveLength(0);
  });

  it('keeps a failed delivery for later, and a dead one for a person', async () => {
    const [later, dead] = [delivery(), delivery()];
    await deliveries.add([later, dead]);
    await deliveries.fail(later.id, 1, 'x'.repeat(2_000), 8_000);
    await deliveries.fail(dead.id, 8, 'given up', undefined);
    expect(await deliveries.backlog()).toEqual({ pending: 1, dead: 1, oldestPendingMs: 1_000 });
    expect(await deliveries.claim(7_999, 9_000, 10)).toHaveLength(0);
    expect(await deliveries.claim(8_000, 9_000, 10)).toHaveLength(1);
    expect(await deliveries.replay({ state: 'dead' }, 9_500, 10)).toBe(1);
    expect(await deliveries.find(dead.id)).toMatchObject({ state: 'pending', attempts: 0, nextAttemptAtMs: 9_500 });
  });

  it('pages newest first without gap or overlap, also among equal times', async () => {
    const all = Array.from({ length: 7 }, (_, index) => delivery({ receivedAtMs: 1_000 + Math.floor(index / 3) }));
    await deliveries.add(all);
    const seen: string[] = [];
    let before: { receivedAtMs: number; id: string } | undefined;
    for (let more = true; more;) {
      const page = await deliveries.page({ provider: 'process' }, 2, before);
      seen.push(...page.deliveries.map(({ id }) => id));
      before = page.deliveries.at(-1);
      more = page.hasMore;
    }
    const expected = [...all]
      .sort((a, b) => b.receivedAtMs - a.receivedAtMs || (a.id < b.id ? 1 : -1))
      .map(({ id }) => id);
    expect(seen).toEqual(expected);
  });

  it('forgets only what has been processed', async () => {
    const [done, open] = [delivery(), delivery()];
    await deliveries.add([done, open]);
    await deliveries.complete([done.id], 'applied', 1);
    expect(await deliveries.forget(2_000, 10)).toBe(1);
    expect(await deliveries.find(done.id)).toBeUndefined();
    expect(await deliveries.find(open.id)).toMatchObject({ id: open.id });
  });
});
