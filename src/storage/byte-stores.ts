import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { Config, expandHome } from '../config/index.js';
import type { ByteStore } from './byte-store.js';
import { DiskGuard } from './disk-guard.js';
import { LocalByteStore } from './drivers/local-byte-store.js';

/** The byte stores by the text under which a bucket remembers its own ('' is the outputs folder). */
@Injectable()
export class ByteStores {
  private readonly stores = new Map<string, ByteStore>();

  constructor(
    private readonly config: Config,
    private readonly clock: Clock,
  ) {}

  at(store: string): ByteStore {
    let found = this.stores.get(store);
    if (!found) this.stores.set(store, (found = this.make(store)));
    return found;
  }

  private make(store: string): ByteStore {
    const root = store === '' ? this.config.paths.outputs : expandHome(store);
    const { diskFloorBytes } = this.config.settings;
    const guard = new DiskGuard(root, diskFloorBytes < 0 ? undefined : diskFloorBytes, this.clock);
    return new LocalByteStore(root, guard, this.clock);
  }
}
