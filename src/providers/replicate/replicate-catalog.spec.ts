import { expect, it } from 'vitest';
import { ManualClock } from '#libs/clock';
import type { ReplicateApi } from './replicate-api.js';
import { ReplicateCatalog } from './replicate-catalog.js';

function catalogOf(answer: () => unknown) {
  const clock = new ManualClock();
  let calls = 0;
  const get = async () => {
    calls += 1;
    return answer();
  };
  const catalog = new ReplicateCatalog({ get } as unknown as ReplicateApi, clock);
  return { catalog, clock, calls: () => calls };
}

it('takes the version that was made last, whatever the order, and says when there is none', async () => {
  const results = [
    { id: 'b', created_at: '2026-02-01T00:00:00Z' },
    { id: 'c', created_at: '2026-03-01T00:00:00.123456Z' },
    { id: 'a', created_at: '2026-01-01T00:00:00Z' },
  ];
  expect(await catalogOf(() => ({ results })).catalog.newestVersion('m')).toBe('c');
  for (const nothing of [{ results: [] }, {}, undefined])
    await expect(catalogOf(() => nothing).catalog.newestVersion('owner/m')).rejects.toThrow(
      'no version of the model owner/m',
    );
});
