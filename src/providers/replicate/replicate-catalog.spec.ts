import { expect, it } from 'vitest';
import { ManualClock } from '#libs/clock';
import { DomainError } from '../../http/index.js';
import type { ReplicateApi } from './replicate-api.js';
import { ReplicateCatalog } from './replicate-catalog.js';

const FIVE_MINUTES_MS = 300_000;
const PAUSE_MS = 10_000;

function catalogOf(answer: () => unknown) {
  const clock = new ManualClock();
  let calls = 0;
  const call = async () => {
    calls += 1;
    return answer();
  };
  const catalog = new ReplicateCatalog({ call } as unknown as ReplicateApi, clock);
  return { catalog, clock, calls: () => calls };
}

it('asks for the webhook secret every five minutes and keeps the last good one while that fails', async () => {
  let answer: () => unknown = () => ({ key: 'whsec_Zmlyc3RzZWNyZXQ=' });
  const { catalog, clock, calls } = catalogOf(() => answer());
  expect(await catalog.webhookSecret()).toBe('whsec_Zmlyc3RzZWNyZXQ=');
  expect(await catalog.webhookSecret()).toBe('whsec_Zmlyc3RzZWNyZXQ=');
  expect(calls()).toBe(1);
  clock.advance(FIVE_MINUTES_MS);
  for (const bad of [{ key: 'not a secret' }, {}, undefined]) {
    answer = () => bad;
    clock.advance(PAUSE_MS);
    expect(await catalog.webhookSecret()).toBe('whsec_Zmlyc3RzZWNyZXQ=');
  }
  answer = () => {
    throw new DomainError('unavailable', 'provider_unavailable', 'down');
  };
  expect(await catalog.webhookSecret()).toBe('whsec_Zmlyc3RzZWNyZXQ=');
  clock.advance(PAUSE_MS);
  answer = () => ({ key: 'whsec_c2Vjb25kc2VjcmV0' });
  expect(await catalog.webhookSecret()).toBe('whsec_c2Vjb25kc2VjcmV0');
});

it('does not remember a first failure as an answer, but does not ask at every knock either', async () => {
  let isUp = false;
  const { catalog, clock, calls } = catalogOf(() => {
    if (!isUp) throw new DomainError('unavailable', 'provider_unavailable', 'down');
    return { key: 'whsec_Zmlyc3RzZWNyZXQ=' };
  });
  const early = await Promise.all([catalog.webhookSecret(), catalog.webhookSecret(), catalog.webhookSecret()]);
  expect(early).toEqual([undefined, undefined, undefined]);
  expect(await catalog.webhookSecret()).toBeUndefined();
  expect(calls()).toBe(1);
  isUp = true;
  clock.advance(PAUSE_MS);
  expect(await catalog.webhookSecret()).toBe('whsec_Zmlyc3RzZWNyZXQ=');
});

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
