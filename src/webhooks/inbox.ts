import { Injectable } from '@nestjs/common';
import type { NewDelivery } from './delivery.js';
import { DeliveryRepository } from './delivery.repository.js';

/** Deliveries that may wait for the disk at a time; more are turned away, and their senders try again. */
const WAITING_MAX = 5_000;
/** Deliveries written by one transaction. */
const BATCH_MAX = 200;

export type Receipt = 'received' | 'duplicate';

interface Waiting {
  readonly delivery: NewDelivery;
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

  /** Resolves once the delivery is durable, or known to be a duplicate of one that is. Undefined: too many are waiting. */
  receive(delivery: NewDelivery): Promise<Receipt> | undefined {
    if (this.waiting.length >= WAITING_MAX) return undefined;
    const receipt = new Promise<Receipt>((resolve, reject) => this.waiting.push({ delivery, resolve, reject }));
    if (!this.isWriting) void this.write();
    return receipt;
  }

  /** Whether senders are waiting for the disk at this moment. */
  get isBusy(): boolean {
    return this.isWriting;
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
      await this.writeBatch(this.waiting.splice(0, BATCH_MAX));
    }
    this.isWriting = false;
  }

  private async writeBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      const stored = await this.deliveries.add(batch.map(({ delivery }) => delivery));
      for (const { delivery, resolve } of batch) resolve(stored.has(delivery.id) ? 'received' : 'duplicate');
      if (stored.size > 0) this.listener();
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
