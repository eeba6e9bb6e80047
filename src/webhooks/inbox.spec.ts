import { expect, it } from 'vitest';
import type { NewDelivery } from './delivery.js';
import type { DeliveryRepository } from './delivery.repository.js';
import { Inbox } from './inbox.js';

function delivery(id: string): NewDelivery {
  return {
    ...{ id, provider: 'process', webhookId: id, jobId: null, address: '127.0.0.1', correlationId: 'c' },
    ...{ receivedAtMs: 1, body: {} },
  };
}

/** An inbox whose store fails for a batch in which `isBad` finds something. */
function inboxOver(failure: Error, isBad: (ids: readonly string[]) => boolean) {
  const batches: string[][] = [];
  const add = async (deliveries: readonly NewDelivery[]): Promise<ReadonlySet<string>> => {
    const ids = deliveries.map(({ id }) => id);
    batches.push(ids);
    if (isBad(ids)) throw failure;
    return new Set(ids);
  };
  return { inbox: new Inbox({ add } as unknown as DeliveryRepository), batches };
}

it('stores those that came together with one that cannot be stored', async () => {
  const { inbox, batches } = inboxOver(new Error('a value is refused'), (ids) => ids.includes('bad'));
  const receipts = await Promise.allSettled(['first', 'bad', 'last'].map(async (id) => inbox.receive(delivery(id), 2)));
  expect(receipts).toMatchObject([
    { value: 'received' },
    { reason: { message: 'a value is refused' } },
    { value: 'received' },
  ]);
  expect(batches).toEqual([['first', 'bad', 'last'], ['first'], ['bad'], ['last']]);
});

it('does not ask a database that is away for each of them', async () => {
  const away = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
  const { inbox, batches } = inboxOver(away, () => true);
  const receipts = await Promise.allSettled(['first', 'last'].map(async (id) => inbox.receive(delivery(id), 2)));
  expect(receipts.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(batches).toEqual([['first', 'last']]);
});
