import { Injectable, type OnModuleInit } from '@nestjs/common';
import { getLogger } from '#libs/log';
import { Loop, type Worker } from '#libs/worker';
import type { ByteStore } from './byte-store.js';
import { MultipartService } from './multipart.service.js';
import { ObjectIndex } from './object-index.js';
import type { Bucket, StoredObject } from './object.js';
import { Publisher } from './publisher.js';
import { RemovedBuckets } from './removed-buckets.js';
import { SweeperWorld } from './sweeper.js';

const ROUND_INTERVAL_MS = 60_000;
const BUCKETS_PER_ROUND = 20;
const ENTRIES_PER_READ = 200;

const log = getLogger('storage');

/**
 * Removes what a deleted job has stored. The bucket is marked in the transaction that deletes the job; then its uploads, its
 * files and at last their rows go, so that a crash at any point leaves rows from which the rest is found again.
 */
@Injectable()
export class BucketRemoval implements Worker, OnModuleInit {
  readonly name = 'storage of deleted jobs';
  private readonly loop: Loop;

  constructor(
    private readonly removed: RemovedBuckets,
    private readonly index: ObjectIndex,
    private readonly publisher: Publisher,
    private readonly multipart: MultipartService,
    private readonly world: SweeperWorld,
  ) {
    this.loop = new Loop({
      name: this.name,
      intervalMs: ROUND_INTERVAL_MS,
      clock: world.clock,
      work: (signal) => this.round(signal),
      onError: (error) => this.tell(error),
    });
    world.lifecycle.add(this);
  }

  onModuleInit(): void {
    this.world.deletion.onDeleted(async (jobId) => {
      await this.removed.mark(jobId, this.world.clock.now());
      this.world.database.afterCommit(() => this.loop.wake());
    });
  }

  start(): void {
    this.loop.start();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  // No pulse: a store may keep it waiting for as long as it hangs, and a restart of this process would mend no store.

  private async round(signal: AbortSignal): Promise<boolean> {
    const buckets = await this.removed.oldest(BUCKETS_PER_ROUND);
    let failures = 0;
    for (const bucket of buckets) {
      if (signal.aborted) return false;
      try {
        // A large job is removed piece by piece, so that the worker can be stopped in between.
        if (await this.removeSome(bucket)) return true;
        await this.removed.forget(bucket.jobId);
        log.info('What a deleted job had stored is removed', { job_id: bucket.jobId });
      } catch (error) {
        failures += 1;
        this.tell(error);
        // A store that is away, were it for good, does not keep the others waiting.
        await this.removed.postpone(bucket.jobId, this.world.clock.now());
      }
    }
    return buckets.length === BUCKETS_PER_ROUND && failures === 0;
  }

  private tell(error: unknown): void {
    log.warning('What a deleted job had stored could not be removed; trying again', { error });
  }

  /** False when there is nothing left. */
  private async removeSome({ jobId, store: name }: Bucket): Promise<boolean> {
    const store = this.world.stores.at(name);
    // One that is away is not asked for one thing after the other.
    await store.condition();
    const start = { key: '', inclusive: true };
    const uploads = await this.multipart.uploads.read(jobId, '', { ...start, uploadIdMarker: '' }, ENTRIES_PER_READ);
    for (const upload of uploads) await this.multipart.abort(upload);
    const objects = await this.index.read(jobId, '', start, ENTRIES_PER_READ);
    for (const object of objects) await this.publisher.exclusively(object, () => removeBytes(object, store));
    if (objects.length > 0) {
      await this.index.remove(
        jobId,
        objects.map(({ key }) => key),
      );
    }
    return uploads.length + objects.length > 0;
  }
}

/** Also the bytes of a file that was restored by hand, and is another one to the store. */
async function removeBytes(object: StoredObject, store: ByteStore): Promise<void> {
  await store.remove(object.blob, object);
  const moved = await store.openMoved(object);
  await moved?.close();
  if (moved) await store.remove(moved.name, object);
}
