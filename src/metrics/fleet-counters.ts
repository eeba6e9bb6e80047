import { Injectable } from '@nestjs/common';
import { FleetTotals } from './fleet-totals.js';
import { labelsText, type TotalChange } from './totals.js';

/**
 * Counts what happens too often for a row of its own, and passes it on to the fleet's totals every second. Whoever kills the
 * process takes at most that second's events with it; totals never fall.
 */
@Injectable()
export class FleetCounters {
  private pending = new Map<string, TotalChange>();
  private flushing: Promise<void> = Promise.resolve();

  constructor(private readonly totals: FleetTotals) {}

  add(name: string, amount: number, labels: readonly string[] = []): void {
    const key = `${name} ${labelsText(labels)}`;
    const known = this.pending.get(key);
    this.pending.set(key, { name, labels, amount: (known?.amount ?? 0) + amount });
  }

  /** Resolves once everything counted before the call is in the totals; what cannot be written stays for the next time. */
  flush(): Promise<void> {
    this.flushing = this.flushing.catch(() => undefined).then(() => this.write());
    return this.flushing;
  }

  private async write(): Promise<void> {
    const changes = [...this.pending.values()];
    if (changes.length === 0) return;
    this.pending = new Map();
    try {
      await this.totals.add(changes);
    } catch (error) {
      for (const { name, amount, labels } of changes) this.add(name, amount, labels);
      throw error;
    }
  }
}
