import { EventEmitter, once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SystemClock } from '#libs/clock';
import { newId } from '#libs/ids';
import { HashPool } from '#libs/s3';
import type { Config } from '../../src/config/index.js';
import { createDataSource, Database, migrate } from '../../src/database/index.js';
import type { UploadProgress, UploadTimeline } from '../../src/jobs/index.js';
import { schema } from '../../src/schema/index.js';
import { DiskGuard } from '../../src/storage/disk-guard.js';
import { LocalByteStore } from '../../src/storage/drivers/local-byte-store.js';
import { SqlObjectIndex } from '../../src/storage/drivers/sql-object-index.js';
import { SqlOwedRemovals } from '../../src/storage/drivers/sql-owed-removals.js';
import type { ObjectAddress, StoredObject } from '../../src/storage/object.js';
import { Publisher, PublisherWorld } from '../../src/storage/publisher.js';
import { Sealing } from '../../src/storage/sealing.js';
import { freshDatabase, type DatabaseKind } from '../support/databases.js';

const JOB_BYTES_MAX = 1_000_000;

/** The index of a process that may be held up between a commit and the files that it moves because of it. */
class HesitantIndex extends SqlObjectIndex {
  hesitate = (): Promise<unknown> => Promise.resolve();

  override async holding<T>(jobId: string, work: () => Promise<T>): Promise<T> {
    await this.hesitate();
    return super.holding(jobId, work);
  }
}

/** Another process on the same folder: it has connections, locks and a view of the files of its own. */
class FleetMember {
  constructor(
    readonly source: DataSource,
    databaseUrl: string,
    root: string,
  ) {
    const database = new Database(source, databaseUrl);
    this.index = new HesitantIndex(database);
    // Neither counters nor timelines of jobs matter here.
    const progress = { record: () => Promise.resolve() } as unknown as UploadProgress;
    const timeline = { tell: () => Promise.resolve() } as unknown as UploadTimeline;
    const config = { isAlone: false } as unknown as Config;
    const clock = new SystemClock();
    const world = new PublisherWorld(database, new Sealing(clock), config, new SqlOwedRemovals(database), clock);
    this.publisher = new Publisher(this.index, progress, timeline, world);
    this.store = new LocalByteStore(root, new DiskGuard(root, 0, clock), new HashPool(), clock);
  }

  readonly index: HesitantIndex;
  readonly publisher: Publisher;
  readonly store: LocalByteStore;

  async put(address: ObjectAddress, text: string): Promise<void> {
    const draft = await this.store.createDraft();
    await draft.write(Buffer.from(text), 0);
    const object = { ...template, ...address, blob: await draft.seal(), bytes: text.length };
    await this.publisher.publish({ object, jobBytesMax: JOB_BYTES_MAX }, this.store);
  }

  async read(address: ObjectAddress): Promise<string | undefined> {
    const object = await this.index.find(address);
    const opened = object && (await this.store.open(object.blob, address));
    if (!opened) return undefined;
    const buffer = Buffer.alloc(100);
    const length = await opened.read(buffer, 0);
    await opened.close();
    return buffer.toString('utf8', 0, length);
  }
}

const template: Omit<StoredObject, 'jobId' | 'key' | 'blob' | 'bytes'> = {
  etag: 'e'.repeat(32),
  sha256: 'a'.repeat(64),
  metadata: { headers: {}, user: {} },
  checksum: null,
  lastModifiedMs: 1,
};

describe.each<DatabaseKind>(['sqlite', 'postgres', 'mysql'])(
  'one folder under two processes, indexed in %s',
  (kind) => {
    const root = mkdtempSync(join(tmpdir(), 'shared-folder-'));
    const signals = new EventEmitter();
    let slow: FleetMember;
    let quick: FleetMember;

    beforeAll(async () => {
      const databaseUrl = await freshDatabase(kind);
      const open = async (): Promise<FleetMember> => {
        const source = await createDataSource({ databaseUrl, databasePoolSize: 4 }, schema).initialize();
        await migrate(source, databaseUrl);
        return new FleetMember(source, databaseUrl, root);
      };
      slow = await open();
      quick = await open();
      slow.index.hesitate = () => {
        signals.emit('hesitating');
        return once(signals, 'go on');
      };
    });
    afterAll(async () => {
      await Promise.all([slow.source.destroy(), quick.source.destroy()]);
      rmSync(root, { recursive: true, force: true });
    });

    async function newAddress(): Promise<ObjectAddress> {
      const jobId = newId();
      await quick.index.openBucket({ jobId, userId: 'local', store: root, createdMs: 1 });
      return { jobId, key: 'checkpoint' };
    }

    /** Begins `work` in the slow process and lets it go on only after `meanwhile`. */
    async function overtaken(work: () => Promise<unknown>, meanwhile: () => Promise<void>): Promise<void> {
      const hesitating = once(signals, 'hesitating');
      const done = work();
      await hesitating;
      await meanwhile();
      signals.emit('go on');
      await done;
    }

    it('keeps the newer object when the process with the older one moves its file later', async () => {
      const address = await newAddress();
      await overtaken(
        () => slow.put(address, 'older'),
        () => quick.put(address, 'newer'),
      );
      expect(await quick.read(address)).toBe('newer');
      expect(await slow.read(address)).toBe('newer');
    });

    it('keeps an object that took the place of one whose removal was late', async () => {
      const address = await newAddress();
      await quick.put(address, 'first');
      await overtaken(
        () => slow.publisher.remove(address.jobId, [address.key], slow.store),
        () => quick.put(address, 'second'),
      );
      expect(await quick.read(address)).toBe('second');
    });
  },
);
