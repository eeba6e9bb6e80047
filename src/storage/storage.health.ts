import { Injectable } from '@nestjs/common';
import { getLogger } from '#libs/log';
import type { Finding } from '../health/index.js';
import { ByteStores } from './byte-stores.js';

const log = getLogger('storage');

/** Whether uploads can be taken in. */
@Injectable()
export class StorageHealth {
  constructor(private readonly stores: ByteStores) {}

  /** A full disk does not make the server useless: people still read, so it is degraded, not unhealthy. */
  async find(): Promise<Finding> {
    try {
      const { isRoomy, message } = await this.stores.at(this.stores.defaultName).condition();
      return { status: isRoomy ? 'healthy' : 'degraded', message };
    } catch (error) {
      log.warning('Artifacts can be neither stored nor read', { error });
      const { code = 'error' } = error as NodeJS.ErrnoException;
      return { status: 'unhealthy', message: `The place of the artifacts cannot be used (${code})` };
    }
  }
}
