import { Injectable } from '@nestjs/common';
import { HashPool } from '#libs/s3';
import { Lifecycle, type Worker } from '#libs/worker';

/** The threads that hash uploads: one pool a process, ended after the last request. */
@Injectable()
export class Hashing implements Worker {
  readonly name = 'upload hashing';
  /** Uploads in flight go on, and a pool that was closed stays so. */
  readonly worksThroughPauses = true;
  readonly pool = new HashPool();

  constructor(lifecycle: Lifecycle) {
    lifecycle.add(this);
  }

  start(): void {
    // The threads start with the first upload that is large enough for them.
  }

  stop(): Promise<void> {
    return this.pool.close();
  }
}
