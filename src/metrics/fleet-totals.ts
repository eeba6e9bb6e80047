import type { TotalChange, Totals } from './totals.js';

/**
 * Totals that all replicas share. A change is a row of its own, so that writers never wait for each other; `fold` makes few
 * rows of many. Every driver must pass test/contract/metrics-totals.test.ts.
 */
export abstract class FleetTotals {
  /** Adds to totals, in the caller's transaction when there is one: they change if and only if what they count does. */
  abstract add(changes: readonly TotalChange[]): Promise<void>;
  /** All totals as they are at one moment. */
  abstract read(): Promise<Totals>;
  /** Joins the rows of each total when there are many; true when there is more to join. Any number of replicas may do it at once. */
  abstract fold(): Promise<boolean>;
}
