import { NO_BYTES, type ByteStore } from './byte-store.js';
import type { ObjectAddress, StoredBlob } from './object.js';

/** Bytes that nobody can see any more and that still lie in their store. */
export interface OwedRemoval extends StoredBlob {
  readonly store: string;
  readonly sinceMs: number;
}

/**
 * Removals that the index has promised in the transaction that hid the bytes (`ObjectIndex.remove`,
 * `Publication.replacedStays`), so that neither a store that fails nor a process that dies leaves any of them behind.
 */
export abstract class OwedRemovals {
  /** Up to `entriesMax` of those that were owed before an instant, the longest first. */
  abstract oldest(beforeMs: number, entriesMax: number): Promise<OwedRemoval[]>;
  /** Blobs that are gone, or that somebody needs after all. */
  abstract settle(blobs: readonly string[]): Promise<void>;
  /** What is owed at an address. */
  abstract at(address: ObjectAddress): Promise<OwedRemoval[]>;
  /** These are tried again after all others. */
  abstract postpone(blobs: readonly string[], nowMs: number): Promise<void>;

  /** Whether what lies at an address only waits for its removal. */
  async isBeingRemoved(address: ObjectAddress, store: ByteStore): Promise<boolean> {
    for (const { blob } of await this.at(address)) {
      const found = await store.open(blob, address, NO_BYTES);
      await found?.close();
      if (found) return true;
    }
    return false;
  }
}
