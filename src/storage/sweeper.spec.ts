import { describe, expect, it } from 'vitest';
import { ManualClock } from '#libs/clock';
import { Lifecycle } from '#libs/worker';
import type { ByteStore, LeftDraft } from './byte-store.js';
import type { ByteStores } from './byte-stores.js';
import type { MultipartService } from './multipart.service.js';
import type { ObjectIndex } from './object-index.js';
import { storageLimits } from './storage.limits.js';
import { Sweeper, SweeperWorld } from './sweeper.js';

const BLOBS_REMEMBERED_MAX = 10_000;

/** A store that others tidy up as well: blobs are gone without this sweeper having removed them. */
function storeOf(blobs: Set<string>, removed: string[]): ByteStore {
  async function* leftDrafts(looked?: (isOfKind: (blob: string) => boolean) => void): AsyncGenerator<LeftDraft> {
    for (const blob of blobs) yield await Promise.resolve({ blob });
    looked?.((blob) => blob.startsWith('parts/'));
  }
  const remove = (blob: string): Promise<void> => Promise.resolve(void removed.push(blob));
  const nothing = (): Promise<undefined> => Promise.resolve(undefined);
  return { movesBlobs: false, leftDrafts, remove, addressOf: nothing, giveUpDrafts: nothing } as unknown as ByteStore;
}

describe('Sweeper', () => {
  it('goes on removing after others have removed more blobs than it remembers', async () => {
    const clock = new ManualClock();
    const blobs = new Set(Array.from({ length: BLOBS_REMEMBERED_MAX }, (_, position) => `parts/${position}`));
    const removed: string[] = [];
    const store = storeOf(blobs, removed);
    const stores = { names: () => [''], at: () => store } as unknown as ByteStores;
    const none = (): Promise<never[]> => Promise.resolve([]);
    const index = { storeNames: none, blobUses: none } as unknown as ObjectIndex;
    const multipart = { uploads: { abandoned: none, forgetEnded: none } } as unknown as MultipartService;
    const world = new SweeperWorld(clock, new Lifecycle(), undefined as never, undefined as never, stores);
    const sweeper = new Sweeper(index, undefined as never, multipart, world);
    await sweeper.sweep();
    blobs.clear();
    await sweeper.sweep();
    blobs.add('parts/new');
    await sweeper.sweep();
    clock.advance(storageLimits.leftDraftMs + 1);
    await sweeper.sweep();
    expect(removed).toEqual(['parts/new']);
  });
});
