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
      await unlessStopped(chain.keepFresh(), signal);
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

/** A stop does not wait for a source that is slow. Nothing stays at `signal`, which lives as long as the loop. */
async function unlessStopped(work: Promise<void>, signal: AbortSignal): Promise<void> {
  let leave = (): void => undefined;
  const stopped = new Promise<void>((resolve) => {
    leave = resolve;
    signal.addEventListener('abort', leave, { once: true });
  });
  try {
    await Promise.race([work, stopped]);
  } finally {
    signal.removeEventListener('abort', leave);
  }
}
