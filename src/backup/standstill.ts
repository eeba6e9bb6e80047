import { Injectable } from '@nestjs/common';
import { Lifecycle } from '#libs/worker';
import { Database } from '../database/index.js';

/** Keeps everything away from the records while they are replaced. */
export abstract class Standstill {
  abstract during<T>(work: () => Promise<T>): Promise<T>;
}

/** In a running server: not ready, workers stopped, transactions finished, newcomers waiting. */
@Injectable()
export class ServerStandstill extends Standstill {
  constructor(
    private readonly lifecycle: Lifecycle,
    private readonly database: Database,
  ) {
    super();
  }

  override during<T>(work: () => Promise<T>): Promise<T> {
    return this.lifecycle.pause('A backup is being restored', () => this.database.whileClosed(work));
  }
}

/** Where no server runs there is nobody to wait for. */
export class NobodyThere extends Standstill {
  override during<T>(work: () => Promise<T>): Promise<T> {
    return work();
  }
}
