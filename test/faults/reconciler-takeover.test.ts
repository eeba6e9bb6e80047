import { afterAll, describe, expect, it, vi } from 'vitest';
import { freshDatabase } from '../support/databases.js';
import { ReplicateDouble } from '../support/replicate-double.js';
import { ServerProcess } from '../support/server.js';

/** A lease lasts half of it; so much is left for a slow machine. */
const POLL_INTERVAL_MS = 6_000;
const KEY = 'a master key for tests only, 32 characters';

interface Told {
  readonly timeline: { readonly source: string; readonly to: string; readonly at: string }[];
}

const servers: ServerProcess[] = [];
afterAll(() => Promise.all(servers.map((server) => server.dispose())));

describe('two servers that share a database', () => {
  it.concurrent.each(['sqlite', 'postgres'] as const)(
    'follow every job although the one that did so is killed (%s)',
    async (kind) => {
      const double = await ReplicateDouble.start();
      const env = {
        SIMPLETUNER_DATABASE_URL: await freshDatabase(kind),
        SIMPLETUNER_REPLICAS: '2',
        SIMPLETUNER_SECRET_KEY: KEY,
        SIMPLETUNER_JOB_POLL_INTERVAL: String(POLL_INTERVAL_MS / 1_000),
        REPLICATE_API_TOKEN: ReplicateDouble.token,
        REPLICATE_API_BASE_URL: double.baseUrl,
        SIMPLETUNER_PUBLIC_URL: 'https://home.example.com',
      };
      const holder = await ServerProcess.start({ env });
      servers.push(holder);
      const before = double.predictions.length;
      const body = { config: { max_train_steps: 10 }, dataloader_config: [{ id: 'photos' }] };
      const submitted = await holder.send('POST', '/api/cloud/jobs/submit?provider=replicate', body);
      const { job_id: jobId } = (await submitted.json()) as { job_id: string };
      await vi.waitUntil(() => double.predictions.length > before, 10_000);
      const { id } = double.predictions[0]!;
      const polls = (): number => double.requests.filter(({ path }) => path === `/v1/predictions/${id}`).length;
      await vi.waitUntil(() => polls() > 0, 2 * POLL_INTERVAL_MS);
      const other = await ServerProcess.start({ env });
      servers.push(other);
      const asked = polls();
      // Neither of them asks out of turn: the second one leaves the jobs to the holder of the lease.
      await vi.waitUntil(() => polls() > asked, 2 * POLL_INTERVAL_MS);
      expect(polls()).toBe(asked + 1);

      const killedAtMs = Date.now();
      await holder.kill();
      double.update(id, { status: 'succeeded', metrics: { predict_time: 100 } });
      const path = `/api/cloud/jobs/${jobId}`;
      await vi.waitFor(
        async () => expect((await other.json<{ job: { status: string } }>(path)).job.status).toBe('completed'),
        { timeout: 3 * POLL_INTERVAL_MS, interval: 100 },
      );
      const last = (await other.json<Told>(`${path}/timeline`)).timeline.at(-1);
      expect(last).toMatchObject({ source: 'poll', to: 'completed' });
      expect(Date.parse(last?.at ?? '') - killedAtMs).toBeLessThan(POLL_INTERVAL_MS);
    },
  );
});
