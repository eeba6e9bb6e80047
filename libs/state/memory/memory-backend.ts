import type { StateBackend, StateBackendOptions } from '../backend.js';
import { sweepEvery } from '../sweeper.js';
import { MemoryStore } from './memory-store.js';
import { MemoryWindow } from './memory-window.js';

/** State of this process alone: the reference model, and what the limiter falls back to when its store is down. */
export function openMemory(options: Pick<StateBackendOptions, 'clock' | 'keyPrefix'>): StateBackend {
  const store = new MemoryStore(options.clock);
  const window = new MemoryWindow(options.clock, options.keyPrefix);
  const sweep = async (rowsMax: number): Promise<number> => store.sweep(rowsMax) + window.sweep(rowsMax);
  const sweeper = sweepEvery(options.clock, sweep);
  return {
    product: 'Memory',
    store,
    window,
    ping: async () => {},
    sweep: sweeper.sweep,
    close: async () => sweeper.stop(),
  };
}
