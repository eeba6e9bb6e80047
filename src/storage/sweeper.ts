import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import { Lifecycle, Loop, type Worker } from '#libs/worker';
import { Database } from '../database/index.js';
import { JobDeletion } from '../jobs/index.js';
import type { ByteStore, LeftDraft } from './byte-store.js';
import { ByteStores } from './byte-stores.js';
import { MultipartService } from './multipart.service.js';
import { ObjectIndex, type BlobUse } from './object-index.js';
import { Publisher } from './publisher.js';
import { storageLimits } from './storage.limits.js';

const SWEEP_INTERVAL_MS = 600_000;
const DRAFTS_PER_QUESTION = 200;
const UPLOADS_PER_SWEEP = 200;

const log = getLogger('storage');

/** What those who tidy up need beside the storage itself. */
@Injectable()
export class SweeperWorld {
  constructor(
    readonly clock: Clock,
    readonly lifecycle: Lifecycle,
    readonly database: Database,
    readonly deletion: JobDeletion,
    readonly stores: ByteStores,
  ) {}
}

/**
 * Finishes what a crash has left: objects that were committed but not moved to their place; and removes drafts that
 * belong to nobody, and multipart uploads that were given up.
 */
@Injectable()
export class Sweeper implements Worker {
  readonly name = 'storage sweeper';
  private readonly loop: Loop;

  constructor(
    private readonly index: ObjectIndex,
    private readonly publisher: Publisher,
    private readonly multipart: MultipartService,
    private readonly world: SweeperWorld,
  ) {
    this.loop = new Loop({
      name: this.name,
      intervalMs: SWEEP_INTERVAL_MS,
      clock: world.clock,
      work: async () => this.sweep(),
      onError: (error) => log.warning('Left-over uploads could not be collected; trying again later', { error }),
    });
    world.lifecycle.add(this);
  }

  start(): void {
    this.loop.start();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  pulse(): ReturnType<Loop['pulse']> {
    return this.loop.pulse();
  }

  async sweep(): Promise<void> {
    for (const store of await this.openStores()) await this.sweepDrafts(store);
    await this.endAbandonedUploads();
    await this.multipart.uploads.forgetEnded(this.world.clock.now() - storageLimits.endedUploadMs);
  }

  private async openStores(): Promise<ByteStore[]> {
    const names = new Set(['', ...(await this.index.storeNames())]);
    return [...names].map((name) => this.world.stores.at(name));
  }

  private async sweepDrafts(store: ByteStore): Promise<void> {
    const drafts = await store.leftDrafts();
    for (let start = 0; start < drafts.length; start += DRAFTS_PER_QUESTION) {
      const some = drafts.slice(start, start + DRAFTS_PER_QUESTION);
      const uses = new Map((await this.index.blobUses(some.map(({ blob }) => blob))).map((use) => [use.blob, use]));
      for (const draft of some) await this.settle(draft, uses.get(draft.blob), store);
    }
  }

  private async settle(draft: LeftDraft, use: BlobUse | undefined, store: ByteStore): Promise<void> {
    if (use?.address) {
      await this.publisher.place({ ...use.address, blob: draft.blob }, store);
    } else if (!use && draft.modifiedAtMs < this.world.clock.now() - storageLimits.leftDraftMs) {
      await store.remove(draft.blob, undefined);
    }
  }

  private async endAbandonedUploads(): Promise<void> {
    const beforeMs = this.world.clock.now() - storageLimits.abandonedUploadMs;
    for (const upload of await this.multipart.uploads.abandoned(beforeMs, UPLOADS_PER_SWEEP)) {
      log.info('An abandoned multipart upload is given up', { job_id: upload.jobId });
      await this.multipart.abort(upload);
    }
  }
}
