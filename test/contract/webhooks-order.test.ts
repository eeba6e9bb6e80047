import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newId } from '#libs/ids';
import type { Job } from '../../src/jobs/index.js';
import { ProviderRegistry } from '../../src/providers/index.js';
import { DeliveryHandler } from '../../src/webhooks/delivery-handler.js';
import { SqlDeliveryRepository } from '../../src/webhooks/drivers/sql-delivery.repository.js';
import { jobWorld, orderOf } from '../support/job-world.js';
import { CREATED_MS } from '../support/jobs.js';
import { replicateJob, replicateScene } from '../support/replicate-adapter.js';

const PERMUTATIONS = 40;
const BATCH_MAX = 3;

/** What the job is in the end, without its names. */
function essence({ jobId: _, correlationId: __, ...facts }: Job): object {
  return facts;
}

describe('the webhooks of a job at Replicate', () => {
  it('end in the same job and cost in any order, with any duplicates, in any batches, through the whole inbox', async () => {
    const { double, adapter } = await replicateScene();
    const { database, creation, reports, jobs, clock } = await jobWorld('sqlite');
    const deliveries = new SqlDeliveryRepository(database);
    const handler = new DeliveryHandler(database, deliveries, new ProviderRegistry([adapter]), reports, clock);
    const started = await adapter.submit(replicateJob());
    const seen = (changes: Parameters<typeof double.update>[1]) => ({
      ...double.update(started.providerJobId, changes),
    });
    const running = { status: 'processing', started_at: '2026-11-25T10:00:00.250Z' };
    const events = [
      seen({}),
      seen(running),
      seen({ logs: '[TRAINING] Step 4/10 (40.0%) loss=0.1\n' }),
      seen({ logs: '[TRAINING] Step 9/10 (90.0%) loss=0.06\n' }),
      seen({
        ...{ status: 'succeeded', completed_at: '2026-11-25T10:01:40.750Z', metrics: { predict_time: 100 } },
        ...{ output: 'https://replicate.delivery/output.zip', logs: '[TRAINING] Step 10/10 (100.0%) loss=0.05\n' },
      }),
    ];

    /** Hands the events, by their places, to a new job: stored and deduplicated, then processed in batches as they are due. */
    const lifeOf = async (order: readonly number[], batchMax: number): Promise<object> => {
      const { jobId } = await creation.create(orderOf({ provider: 'replicate' }));
      for (const place of order) {
        await deliveries.add([
          {
            ...{ id: newId(), provider: 'replicate', webhookId: `${jobId}-${place}`, jobId, address: '34.82.0.1' },
            // The moment at which an event is told says nothing of when it happened.
            ...{ correlationId: 'c', receivedAtMs: CREATED_MS + place, body: events[place] },
          },
        ]);
        const due = await deliveries.claim(CREATED_MS + 10_000, CREATED_MS + 20_000, batchMax);
        if (due.length === batchMax) expect(await handler.handle(due)).toEqual([]);
        else for (const { id } of due) await deliveries.fail(id, 0, 'not yet', CREATED_MS);
      }
      expect(await handler.handle(await deliveries.claim(CREATED_MS + 10_000, CREATED_MS + 20_000, 100))).toEqual([]);
      return essence((await jobs.find(jobId))!);
    };

    const inOrder = await lifeOf([0, 1, 2, 3, 4], 1);
    expect(inOrder).toMatchObject({ status: 'completed', outputUrl: 'https://replicate.delivery/output.zip' });
    expect(inOrder).toHaveProperty('costUsd', expect.closeTo(100 * 0.000972222, 6));
    const places = events.map((_, place) => place);
    const order = fc
      .tuple(
        fc.shuffledSubarray(places, { minLength: places.length }),
        fc.array(fc.constantFrom(...places), { maxLength: 5 }),
      )
      .chain(([whole, again]) => fc.shuffledSubarray([...whole, ...again], { minLength: whole.length + again.length }));
    await fc.assert(
      fc.asyncProperty(order, fc.integer({ min: 1, max: BATCH_MAX }), async (permuted, batchMax) => {
        expect(await lifeOf(permuted, batchMax)).toEqual(inOrder);
      }),
      { numRuns: PERMUTATIONS },
    );
  });
});
