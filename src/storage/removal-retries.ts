import { Injectable } from '@nestjs/common';
import { randomInt } from 'node:crypto';
import { getLogger } from '#libs/log';
import { Loop, type Worker } from '#libs/worker';
import { groupBy } from './group-by.js';
import { ObjectIndex } from './object-index.js';
import { OwedRemovals, type OwedRemoval } from './owed-removals.js';
import { Publisher } from './publisher.js';
import { SweeperWorld } from './sweeper.js';

const ROUND_INTERVAL_MS = 5_000;
/** Those who have hidden the bytes are about to remove them, or have just failed. */
const OWED_MS_MIN = 2_000;
const ENTRIES_PER_ROUND = 500;
const RANDOM_STEPS = 1_000_000;

const log = getLogger('storage');

/** Removes the bytes of deleted and replaced objects that could not be removed when they were hidden. */
@Injectable()
export class RemovalRetries implements Worker {
  readonly name = 'storage removals';
  private readonly loop: Loop;
  /** Stores that have failed since they were last of use, of which the log knows. */
  private readonly away = new Set<string>();

  constructor(
    private readonly owed: OwedRemovals,
    private readonly index: ObjectIndex,
    private readonly publisher: Publisher,
    private readonly world: SweeperWorld,
  ) {
    this.loop = new Loop({
      name: this.name,
      intervalMs: ROUND_INTERVAL_MS,
      clock: world.clock,
      work: () => this.round(),
      onError: (error) => log.warning('Bytes of deleted objects could not be looked for; trying again', { error }),
    });
    world.lifecycle.add(this);
  }

  // No pulse: a store may keep it waiting for as long as it hangs, and a restart of this process would mend no store.

  start(): void {
    this.loop.start();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  private async round(): Promise<boolean> {
    const due = await this.owed.oldest(this.world.clock.now() - OWED_MS_MIN, ENTRIES_PER_ROUND);
    let hasRemoved = false;
    for (const [store, ofStore] of groupBy(due, (entry) => entry.store)) {
      try {
        await this.removeAll(store, ofStore);
        this.away.delete(store);
        hasRemoved = true;
      } catch (error) {
        if (!this.away.has(store))
          log.warning('Bytes of deleted objects cannot be removed yet; trying again', { store, error });
        this.away.add(store);
        // So that one store that is away does not keep the others waiting.
        await this.owed.postpone(blobsOf(ofStore), this.world.clock.now());
      }
    }
    return hasRemoved && due.length === ENTRIES_PER_ROUND;
  }

  private async removeAll(name: string, entries: readonly OwedRemoval[]): Promise<void> {
    const store = this.world.stores.at(name);
    // A store that is away is not asked for one object after the other.
    await store.condition();
    const needed = new Set((await this.index.blobUses(blobsOf(entries))).map(({ blob }) => blob));
    await this.owed.settle([...needed]);
    const wanted = entries.filter(({ blob }) => !needed.has(blob));
    await this.publisher.removeBytes(inAnyOrder(wanted), store);
  }
}

/** So that one that can never be removed does not stand before the same others each time. */
function inAnyOrder<T>(entries: readonly T[]): T[] {
  return entries
    .map((entry) => ({ entry, place: randomInt(RANDOM_STEPS) }))
    .sort((one, other) => one.place - other.place)
    .map(({ entry }) => entry);
}

function blobsOf(entries: readonly OwedRemoval[]): string[] {
  return entries.map(({ blob }) => blob);
}
