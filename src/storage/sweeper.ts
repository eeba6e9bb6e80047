import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import { Lifecycle, Loop, type Worker } from '#libs/worker';
import { Database } from '../database/index.js';
import { JobDeletion } from '../jobs/index.js';
import { NO_BYTES, type ByteStore, type LeftDraft } from './byte-store.js';
import { ByteStores } from './byte-stores.js';
import { MultipartService } from './multipart.service.js';
import { ObjectIndex, type BlobUse } from './object-index.js';
import type { ObjectAddress } from './object.js';
import { Publisher } from './publisher.js';
import { storageLimits } from './storage.limits.js';

const SWEEP_INTERVAL_MS = 600_000;
const DRAFTS_PER_QUESTION = 200;
const UPLOADS_PER_SWEEP = 200;
/** Blobs that nobody uses, of which the time was taken; more of them wait for another sweep. */
const UNUSED_REMEMBERED_MAX = 10_000;

const log = getLogger('storage');

/** A blob that nobody uses, in a store that does not tell its age. */
interface Unused {
  readonly store: ByteStore;
  readonly sinceMs: number;
  /** The last sweep that has seen it. */
  sweep: number;
}

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
  private readonly unused = new Map<string, Unused>();
  private sweeps = 0;

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

  // No pulse: a store may keep it waiting for as long as it hangs, and a restart of this process would mend no store.

  async sweep(): Promise<void> {
    const { clock } = this.world;
    this.sweeps += 1;
    for (const store of await this.openStores()) {
      await this.sweepDrafts(store);
      await store.giveUpDrafts(clock.now() - storageLimits.abandonedUploadMs);
    }
    await this.endAbandonedUploads();
    await this.multipart.uploads.forgetEnded(clock.now() - storageLimits.endedUploadMs);
  }

  private async openStores(): Promise<ByteStore[]> {
    const { stores } = this.world;
    return stores.names(await this.index.storeNames()).map((name) => stores.at(name));
  }

  private async sweepDrafts(store: ByteStore): Promise<void> {
    const some: LeftDraft[] = [];
    const looks: ((blob: string) => boolean)[] = [];
    for await (const draft of store.leftDrafts((isOfKind) => looks.push(isOfKind))) {
      some.push(draft);
      if (some.length === DRAFTS_PER_QUESTION) await this.settleAll(some.splice(0), store);
    }
    await this.settleAll(some, store);
    for (const isOfKind of looks) this.forgetUnseen(store, isOfKind);
  }

  /** Others remove blobs too: what a complete look has not found would take the place of what is there. */
  private forgetUnseen(store: ByteStore, isOfKind: (blob: string) => boolean): void {
    for (const [blob, unused] of this.unused)
      if (unused.store === store && unused.sweep !== this.sweeps && isOfKind(blob)) this.unused.delete(blob);
  }

  private async settleAll(drafts: readonly LeftDraft[], store: ByteStore): Promise<void> {
    if (drafts.length === 0) return;
    const uses = new Map((await this.index.blobUses(drafts.map(({ blob }) => blob))).map((use) => [use.blob, use]));
    for (const draft of drafts) await this.settle(draft, uses.get(draft.blob), store);
  }

  private async settle(draft: LeftDraft, use: BlobUse | undefined, store: ByteStore): Promise<void> {
    const { blob } = draft;
    if (use) {
      this.unused.delete(blob);
      if (use.address && store.movesBlobs) await this.publisher.place({ ...use.address, blob }, store);
    } else if (this.unusedSinceMs(draft, store) < this.world.clock.now() - storageLimits.leftDraftMs) {
      this.unused.delete(blob);
      const address = await store.addressOf(blob);
      if (address === 'unknown') log.warning('A version in the bucket does not tell its key: it is kept', { blob });
      else if (!address || (await this.hasAnother(address, store))) await store.remove(blob, undefined);
    }
  }

  /** Where the store cannot tell, it counts from when we found that nobody uses it: its commit may be just ahead. */
  private unusedSinceMs({ blob, modifiedAtMs }: LeftDraft, store: ByteStore): number {
    if (modifiedAtMs !== undefined) return modifiedAtMs;
    const nowMs = this.world.clock.now();
    const known = this.unused.get(blob);
    if (known) known.sweep = this.sweeps;
    else if (this.unused.size < UNUSED_REMEMBERED_MAX)
      this.unused.set(blob, { store, sinceMs: nowMs, sweep: this.sweeps });
    return known?.sinceMs ?? nowMs;
  }

  /** Whether the object at an address has bytes, other than those that the index does not know. */
  private async hasAnother(address: ObjectAddress, store: ByteStore): Promise<boolean> {
    const object = await this.index.find(address);
    const opened = object && (await store.open(object.blob, address, NO_BYTES));
    await opened?.close();
    return opened !== undefined;
  }

  private async endAbandonedUploads(): Promise<void> {
    const beforeMs = this.world.clock.now() - storageLimits.abandonedUploadMs;
    for (const upload of await this.multipart.uploads.abandoned(beforeMs, UPLOADS_PER_SWEEP)) {
      log.info('An abandoned multipart upload is given up', { job_id: upload.jobId });
      await this.multipart.abort(upload);
    }
  }
}
