import type { Clock } from '../clock/index.js';

const intervalMs = 10_000;
/** Rows removed in one statement: short enough not to hold locks that a hit would wait for. */
const rowsMax = 1_000;
/** Statements in one pass: 5,000 keys a second can expire before a table grows. */
const batchesMax = 50;

export interface Sweeper {
  /** One pass now; answers how many rows it removed. */
  readonly sweep: () => Promise<number>;
  readonly stop: () => void;
}

/** Removes expired rows every ten seconds, in bounded batches; `sweepBatch` answers how many rows it removed. */
export function sweepEvery(clock: Clock, sweepBatch: (rowsMax: number) => Promise<number>): Sweeper {
  let stopped = false;
  let sweeping: Promise<number> | undefined;
  const pass = async (): Promise<number> => {
    let swept = 0;
    for (let batch = 0; batch < batchesMax && !stopped; batch += 1) {
      const removed = await sweepBatch(rowsMax);
      swept += removed;
      if (removed < rowsMax) break;
    }
    return swept;
  };
  const sweep = (): Promise<number> => (sweeping ??= pass().finally(() => (sweeping = undefined)));
  // A pass that meets a lost store is not an event: the next one comes in ten seconds, and hits report the loss.
  const ticking = clock.every(intervalMs, () => void sweep().catch(() => undefined));
  return {
    sweep,
    stop: () => {
      stopped = true;
      ticking.stop();
    },
  };
}
