import { Injectable } from '@nestjs/common';
import type { Finding } from '../health/index.js';
import { ByteStores } from './byte-stores.js';

/** Whether uploads can be taken in. */
@Injectable()
export class StorageHealth {
  constructor(private readonly stores: ByteStores) {}

  /** A full disk does not make the server useless: people still read, so it is degraded, not unhealthy. */
  async find(): Promise<Finding> {
    const { isRoomy, message } = await this.stores.at('').condition();
    return { status: isRoomy ? 'healthy' : 'degraded', message };
  }
}
