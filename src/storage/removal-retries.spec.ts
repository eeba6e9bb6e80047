import { describe, expect, it, vi } from 'vitest';
import { ManualClock } from '#libs/clock';
import { Lifecycle } from '#libs/worker';
import type { ObjectIndex } from './object-index.js';
import { OwedRemovals, type OwedRemoval } from './owed-removals.js';
import type { Publisher } from './publisher.js';
import { RemovalRetries } from './removal-retries.js';
import type { SweeperWorld } from './sweeper.js';

class OwedInMemory extends OwedRemovals {
  constructor(private entries: readonly OwedRemoval[]) {
    super();
  }

  get blobs(): string[] {
    return this.entries.map(({ blob }) => blob);
  }

  override oldest(beforeMs: number, entriesMax: number): Promise<OwedRemoval[]> {
    const due = this.entries.filter(({ sinceMs }) => sinceMs < beforeMs);
    return Promise.resolve(due.sort((one, other) => one.sinceMs - other.sinceMs).slice(0, entriesMax));
  }

  override settle(blobs: readonly string[]): Promise<void> {
    this.entries = this.entries.filter(({ blob }) => !blobs.includes(blob));
    return Promise.resolve();
  }

  override at(): Promise<OwedRemoval[]> {
    return Promise.resolve([]);
  }

  override postpone(blobs: readonly string[], nowMs: number): Promise<void> {
    this.entries = this.entries.map((entry) => (blobs.includes(entry.blob) ? { ...entry, sinceMs: nowMs } : entry));
    return Promise.resolve();
  }
}

describe('removals that are tried again', () => {
  it('reach all others behind one that can never be removed', async () => {
    const clock = new ManualClock();
    const blobs = ['never', ...Array.from({ length: 20 }, (_, number) => `blob-${number}`)];
    const owed = new OwedInMemory(blobs.map((blob) => ({ blob, jobId: 'j', key: blob, store: 's', sinceMs: 0 })));
    // One after the other, as in a folder that several servers share.
    const removeBytes = async (entries: readonly OwedRemoval[]): Promise<void> => {
      for (const { blob } of entries) {
        if (blob === 'never') throw new Error('Operation not permitted');
        await owed.settle([blob]);
      }
    };
    const lifecycle = new Lifecycle();
    const world = { clock, lifecycle, stores: { at: () => ({ condition: () => Promise.resolve() }) } };
    const index = { blobUses: () => Promise.resolve([]) } as unknown as ObjectIndex;
    new RemovalRetries(owed, index, { removeBytes } as unknown as Publisher, world as unknown as SweeperWorld);
    await lifecycle.start();
    await vi.waitFor(
      () => {
        clock.advance(5_000);
        expect(owed.blobs).toEqual(['never']);
      },
      { interval: 1, timeout: 20_000 },
    );
    await lifecycle.stop();
  });
});
