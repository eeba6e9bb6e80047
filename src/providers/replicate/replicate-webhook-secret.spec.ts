import { expect, it } from 'vitest';
import { ManualClock } from '#libs/clock';
import { DomainError } from '../../http/index.js';
import { ReplicateWebhookSecret } from './replicate-webhook-secret.js';

const FIVE_MINUTES_MS = 300_000;
const PAUSE_MS = 10_000;
const [first, second, third] = ['first', 'second', 'third'].map(
  (text) => `whsec_${Buffer.from(`${text} secret`).toString('base64')}`,
) as [string, string, string];

function told(answer: () => unknown) {
  const clock = new ManualClock();
  let calls = 0;
  const get = async (): Promise<unknown> => {
    calls += 1;
    return answer();
  };
  return { secret: new ReplicateWebhookSecret({ get }, clock), clock, calls: () => calls };
}

function down(): never {
  throw new DomainError('unavailable', 'provider_unavailable', 'down');
}

it('is asked for every five minutes, and the last good one stays while that fails', async () => {
  let answer: () => unknown = () => ({ key: first });
  const { secret, clock, calls } = told(() => answer());
  expect(await secret.all()).toEqual([first]);
  expect(await secret.all()).toEqual([first]);
  expect(calls()).toBe(1);
  clock.advance(FIVE_MINUTES_MS);
  for (const bad of [() => ({ key: 'not a secret' }), () => ({}), () => undefined, down]) {
    answer = bad;
    clock.advance(PAUSE_MS);
    expect(await secret.all()).toEqual([first]);
  }
  clock.advance(PAUSE_MS);
  answer = () => ({ key: second });
  expect(await secret.all()).toEqual([second, first]);
});

it('does not remember a first failure as an answer, but is not asked for at every knock either', async () => {
  let isUp = false;
  const { secret, clock, calls } = told(() => (isUp ? { key: first } : down()));
  expect(await Promise.all([secret.all(), secret.all(), secret.all()])).toEqual([[], [], []]);
  expect(await secret.all()).toEqual([]);
  expect(calls()).toBe(1);
  isUp = true;
  clock.advance(PAUSE_MS);
  expect(await secret.all()).toEqual([first]);
});

it('is asked for out of turn when a signature matches none, and counts on for a while when it has been replaced', async () => {
  let key = first;
  const { secret, clock, calls } = told(() => ({ key }));
  await secret.all();
  key = second;
  expect(await Promise.all([secret.newer([first]), secret.newer([first])])).toEqual([
    [second, first],
    [second, first],
  ]);
  expect(calls()).toBe(2);
  key = third;
  // Whoever forges signatures does not make us ask each time.
  expect(await secret.newer([second, first])).toBeUndefined();
  // One that was judged by the former secret, while another one learned of the newer, need not make us ask.
  expect(await secret.newer([first])).toEqual([second, first]);
  expect(calls()).toBe(2);
  clock.advance(PAUSE_MS);
  expect(await secret.newer([second, first])).toEqual([third, second]);
  clock.advance(PAUSE_MS);
  expect(await secret.newer([third, second])).toBeUndefined();
  expect(calls()).toBe(4);
  clock.advance(2 * FIVE_MINUTES_MS);
  expect(await secret.all()).toEqual([third]);
});

it('is asked for out of turn again although forged signatures keep coming in the pause', async () => {
  let key = first;
  const { secret, clock, calls } = told(() => ({ key }));
  await secret.all();
  await secret.newer([first]);
  expect(calls()).toBe(2);
  key = second;
  clock.advance(PAUSE_MS / 2);
  expect(await secret.newer([first])).toBeUndefined();
  clock.advance(PAUSE_MS / 2);
  expect(await secret.newer([first])).toEqual([second, first]);
  expect(calls()).toBe(3);
});

it('is asked for regularly again although forged signatures keep coming in the pause after a failure', async () => {
  let answer: () => unknown = () => ({ key: first });
  const { secret, clock, calls } = told(() => answer());
  await secret.all();
  clock.advance(FIVE_MINUTES_MS);
  answer = down;
  expect(await secret.newer([first])).toBeUndefined();
  expect(await secret.all()).toEqual([first]);
  expect(calls()).toBe(2);
  clock.advance(PAUSE_MS / 2);
  expect(await secret.newer([first])).toBeUndefined();
  answer = () => ({ key: second });
  clock.advance(PAUSE_MS / 2);
  expect(await secret.all()).toEqual([second, first]);
});
