import { getEventListeners } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import { ManualClock } from '#libs/clock';
import { SecretChain } from '#libs/secrets';
import { Lifecycle } from '#libs/worker';
import type { Metrics } from '../metrics/index.js';
import { SecretsWorker } from './secrets.worker.js';

const ROUNDS = 30;
const INTERVAL_MS = 5_000;

describe('the worker of secrets', () => {
  it('leaves nothing behind of its rounds, and does not wait for a slow source when it is stopped', async () => {
    const listening = vi.spyOn(AbortSignal.prototype, 'addEventListener');
    const clock = new ManualClock();
    const lifecycle = new Lifecycle();
    const chain = new SecretChain([], []);
    const keepFresh = vi.spyOn(chain, 'keepFresh');
    new SecretsWorker(chain, clock, lifecycle, { lastSuccess: () => () => undefined } as unknown as Metrics);
    await lifecycle.start();
    const rounds = async (count: number): Promise<void> => {
      const last = keepFresh.mock.calls.length + count;
      const reach = (): void => {
        clock.advance(INTERVAL_MS);
        expect(keepFresh.mock.calls.length).toBeGreaterThanOrEqual(last);
      };
      await vi.waitFor(reach, { interval: 1 });
    };
    await rounds(ROUNDS);
    const signals = [...new Set(listening.mock.contexts as AbortSignal[])];
    const counts = signals.map((signal) => getEventListeners(signal, 'abort').length);
    expect(Math.max(...counts)).toBe(1);
    keepFresh.mockReturnValue(new Promise(() => undefined));
    await rounds(1);
    await lifecycle.stop();
    vi.restoreAllMocks();
  });
});
