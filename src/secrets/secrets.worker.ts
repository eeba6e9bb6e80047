import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import { SecretChain } from '#libs/secrets';
import { Lifecycle, Loop } from '#libs/worker';
import { Metrics } from '../metrics/index.js';

const INTERVAL_MS = 5_000;

/** Keeps secrets read, so that neither requests nor the start wait for AWS or Vault, and Vault's token renewed. */
@Injectable()
export class SecretsWorker {
  constructor(chain: SecretChain, clock: Clock, lifecycle: Lifecycle, metrics: Metrics) {
    const log = getLogger('secrets');
    const noteSuccess = metrics.lastSuccess(
      {
        name: 'simpletuner_secrets_refresh_last_success_timestamp_seconds',
        help: 'When every source of secrets last answered',
        category: 'health',
      },
      clock,
    );
    const refresh = async (signal: AbortSignal): Promise<void> => {
      await Promise.race([chain.keepFresh(), aborted(signal)]);
      if (chain.states().every(({ trouble }) => trouble === undefined)) noteSuccess();
    };
    const loop = new Loop({
      name: 'secrets',
      intervalMs: INTERVAL_MS,
      clock,
      work: refresh,
      onError: (error) => log.error('Secrets could not be kept fresh; trying again', { error }),
    });
    lifecycle.add({
      name: loop.name,
      // It touches no records, and a chain that was closed stays so.
      worksThroughPauses: true,
      start: () => loop.start(),
      pulse: () => loop.pulse(),
      stop: async () => {
        await loop.stop();
        chain.close();
      },
    });
  }
}

/** A stop does not wait for a source that is slow. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
