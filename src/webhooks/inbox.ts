import { Injectable } from '@nestjs/common';
import { isStorageFull, isUnavailable } from '../database/index.js';
import type { NewDelivery } from './delivery.js';
import { DeliveryRepository } from './delivery.repository.js';

/** Deliveries that may wait for the disk at a time; more are turned away, and their senders try again. */
const WAITING_MAX = 5_000;
/** Deliveries written by one transaction. */
const BATCH_MAX = 200;
/** Bytes of bodies written by one transaction, unless one body alone has more: MySQL takes 16 MiB in one statement. */
const BATCH_BYTES_MAX = 4_194_304;

export type Receipt = 'received' | 'duplicate';

interface Waiting {
  readonly delivery: NewDelivery;
  readonly bytes: number;
  readonly resolve: (receipt: Receipt) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Takes deliveries in. Those that arrive while a transaction is being written share the next one: a commit that survives a
 * power cut costs the same for one row as for two hundred.
 */
@Injectable()
export class Inbox {
  private waiting: Waiting[] = [];
  private isWriting = false;
  private listener: () => void = () => undefined;

  constructor(private readonly deliveries: DeliveryRepository) {}

  /**
   * Resolves once the delivery, whose body came as `bytes` bytes, is durable, or known to be a duplicate of one that is.
   * Undefined: too many are waiting.
   */
  receive(delivery: NewDelivery, bytes: number): Promise<Receipt> | undefined {
    if (this.waiting.length >= WAITING_MAX) return undefined;
    const receipt = new Promise<Receipt>((resolve, reject) => this.waiting.push({ delivery, bytes, resolve, reject }));
    if (!this.isWriting) void this.write();
    return receipt;
  }

  /** Calls `listener` whenever something new has been stored. */
  onReceived(listener: () => void): void {
    this.listener = listener;
  }

  private async write(): Promise<void> {
    this.isWriting = true;
    while (this.waiting.length > 0) {
      // SQLite's driver never gives way: without this no other request would be read while one is being written.
      await new Promise(setImmediate);
      await this.writeBatch(this.takeBatch());
    }
    this.isWriting = false;
  }

  private takeBatch(): Waiting[] {
    let bytes = 0;
    const fitting = this.waiting.slice(0, BATCH_MAX).findIndex((one) => (bytes += one.bytes) > BATCH_BYTES_MAX);
    return this.waiting.splice(0, fitting < 0 ? BATCH_MAX : Math.max(1, fitting));
  }

  private async writeBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      const stored = await this.deliveries.add(batch.map(({ delivery }) => delivery));
      for (const { delivery, resolve } of batch) resolve(stored.has(delivery.id) ? 'received' : 'duplicate');
      if (stored.size > 0) this.listener();
    } catch (error) {
      if (batch.length > 1 && !isUnavailable(error) && !isStorageFull(error)) await this.writeEach(batch);
      else for (const { reject } of batch) reject(error);
    }
  }

  /** One that cannot be stored must not take those along that happened to come with it. */
  private async writeEach(batch: readonly Waiting[]): Promise<void> {
    for (const one of batch) await this.writeBatch([one]);
  }
}
