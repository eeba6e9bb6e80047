import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import { Config } from '../config/index.js';
import { Database } from '../database/index.js';
import { UploadProgress, UploadTimeline } from '../jobs/index.js';
import type { ByteStore } from './byte-store.js';
import { fewAtOnce } from './few-at-once.js';
import { groupBy } from './group-by.js';
import { KeyedLock } from './keyed-lock.js';
import { ObjectIndex, type Publication, type PublishOutcome } from './object-index.js';
import type { ObjectAddress, StoredBlob, StoredObject } from './object.js';
import { OwedRemovals } from './owed-removals.js';
import { Sealing } from './sealing.js';
import { storageLimits } from './storage.limits.js';

const log = getLogger('storage');

/** How long a commit waits at the most for uploads that are about to be published too. */
const GATHER_MS_MAX = 2;

interface Waiting {
  readonly publication: Publication;
  readonly resolve: (outcome: PublishOutcome) => void;
  readonly reject: (error: unknown) => void;
}

/** What publishing needs beside the index and the records of the job. */
@Injectable()
export class PublisherWorld {
  constructor(
    readonly database: Database,
    readonly sealing: Sealing,
    readonly config: Config,
    readonly owed: OwedRemovals,
    readonly clock: Clock,
  ) {}
}

/**
 * Makes sealed bytes the object at their address. The commit of the index row is the moment at which readers see the new
 * object; moving the file to its place follows, and is finished by the next start if this process dies in between.
 */
@Injectable()
export class Publisher {
  private readonly locks = new KeyedLock();
  private readonly waiting: Waiting[] = [];
  private isCommitting = false;
  /** No other process moves files of the same store. */
  private readonly isAlone: boolean;
  private readonly world: Omit<PublisherWorld, 'config'>;

  constructor(
    private readonly index: ObjectIndex,
    private readonly progress: UploadProgress,
    private readonly timeline: UploadTimeline,
    { config, ...world }: PublisherWorld,
  ) {
    this.world = world;
    this.isAlone = config.isAlone;
  }

  /** @throws S3Error when the publication is refused; then the blob still belongs to the caller. */
  async publish(publication: Publication, store: ByteStore): Promise<void> {
    const { object } = publication;
    await this.exclusively(object, async () => {
      const outcome = await this.commit({ ...publication, replacedStays: !store.movesBlobs });
      if ('refusal' in outcome) throw outcome.refusal;
      await this.settle(object, store, outcome.replaced);
    });
  }

  /** Forgets objects and removes their bytes; keys that do not exist are left out of the answer. */
  async remove(jobId: string, keys: readonly string[], store: ByteStore): Promise<StoredObject[]> {
    const removed = await this.index.remove(jobId, keys, this.world.clock.now());
    await this.removeBytes(removed, store).catch((error: unknown) =>
      log.warning('The bytes of deleted objects could not be removed; trying again later', { job_id: jobId, error }),
    );
    return removed;
  }

  /** Removes bytes that are owed a removal, and no others after the first that cannot be removed: they stay owed. */
  async removeBytes(blobs: readonly StoredBlob[], store: ByteStore): Promise<void> {
    const gone: string[] = [];
    try {
      // Where they wait for each other anyway, they do not wait on a connection each.
      const atOnce = this.movesAlone(store) ? storageLimits.removalsAtOnce : 1;
      await fewAtOnce(blobs, atOnce, async (of) => {
        await this.exclusively(of, () => this.movingFiles(of.jobId, store, () => store.remove(of.blob, of)));
        gone.push(of.blob);
      });
    } finally {
      await this.world.owed.settle(gone);
    }
  }

  /** Moves the bytes of an object that was committed before to its address, if it still is the object there. */
  place(object: ObjectAddress & { readonly blob: string }, store: ByteStore): Promise<void> {
    return this.exclusively(object, () =>
      this.movingFiles(object.jobId, store, () => this.placeCurrent(object, store)),
    );
  }

  /** Runs `work` while nothing else in this process changes the file at an address. */
  exclusively<T>({ jobId, key }: ObjectAddress, work: () => Promise<T>): Promise<T> {
    return this.locks.run(`${jobId}/${key}`, work);
  }

  /** The object is committed: whatever goes wrong from here on, readers find it where the draft was. */
  private async settle(object: StoredObject, store: ByteStore, replaced: StoredObject | undefined): Promise<void> {
    try {
      await this.movingFiles(object.jobId, store, async () => {
        // Alone, nobody has replaced it since its commit.
        await (this.movesAlone(store) ? store.place(object, object.blob) : this.placeCurrent(object, store));
        if (replaced && store.movesBlobs) await store.remove(replaced.blob, replaced);
      });
    } catch (error) {
      log.error('A stored object could not be moved to its place', { job_id: object.jobId, error });
    }
    if (replaced && !store.movesBlobs) await this.removeReplaced(replaced, store);
  }

  private async removeReplaced(replaced: StoredObject, store: ByteStore): Promise<void> {
    try {
      await store.remove(replaced.blob, replaced);
      await this.world.owed.settle([replaced.blob]);
    } catch (error) {
      log.warning('The bytes of a replaced object could not be removed; trying again later', {
        job_id: replaced.jobId,
        error,
      });
    }
  }

  /** A newer object at the address is placed by whoever has committed it, and so are these bytes removed. */
  private async placeCurrent(object: ObjectAddress & { readonly blob: string }, store: ByteStore): Promise<void> {
    if ((await this.index.find(object))?.blob === object.blob) await store.place(object, object.blob);
  }

  /** Two processes that placed at one address in another order than they committed would lose the newer object's bytes. */
  private movingFiles(jobId: string, store: ByteStore, work: () => Promise<void>): Promise<void> {
    return this.movesAlone(store) ? work() : this.index.holding(jobId, work);
  }

  private movesAlone(store: ByteStore): boolean {
    return this.isAlone || !store.movesBlobs;
  }

  /** Commits together with whatever else is waiting: one transaction, and one wait for the disk, for all of them. */
  private commit(publication: Publication): Promise<PublishOutcome> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ publication, resolve, reject });
      if (!this.isCommitting) void this.commitAll();
    });
  }

  private async commitAll(): Promise<void> {
    this.isCommitting = true;
    while (this.waiting.length > 0) {
      await this.world.sealing.rest(GATHER_MS_MAX);
      const batch = this.waiting.splice(0, storageLimits.publicationsPerBatchMax);
      try {
        const outcomes = await this.commitBatch(batch.map(({ publication }) => publication));
        batch.forEach(({ resolve }, position) => resolve(outcomes[position] as PublishOutcome));
      } catch (error) {
        batch.forEach(({ reject }) => reject(error));
      }
    }
    this.isCommitting = false;
  }

  private commitBatch(publications: readonly Publication[]): Promise<readonly PublishOutcome[]> {
    return this.world.database.transaction(async () => {
      const outcomes = await this.index.publish(publications);
      const accepted = publications.flatMap(({ object }, position) => {
        const outcome = outcomes[position] as PublishOutcome;
        return 'refusal' in outcome ? [] : [{ object, isNew: outcome.replaced?.etag !== object.etag }];
      });
      for (const [jobId, arrived] of groupBy(accepted, ({ object }) => object.jobId)) {
        const bytes = arrived.reduce((sum, { object }) => sum + object.bytes, 0);
        await this.progress.record(jobId, { files: arrived.length, bytes });
        // A client that sends the same object again, because it never got the answer, tells nothing new.
        const fresh = arrived.filter(({ isNew }) => isNew).map(({ object }) => object);
        await this.timeline.tell(jobId, fresh);
      }
      return outcomes;
    });
  }
}
