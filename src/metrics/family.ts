import type { Category } from './categories.js';
import type { Totals } from './totals.js';

/**
 * `fleet`: from the shared database, the same on every replica. `process`: of the replica that answers; carries the label
 * `instance` where there are several replicas.
 */
export type Scope = 'fleet' | 'process';

/** A family of series as it is declared, once, by the feature that knows it. */
export interface Family {
  /** Exactly as it is scraped. */
  readonly name: string;
  /** One sentence without its full stop; the scope is added to it. */
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly category: Category;
  readonly scope: Scope;
}

/** One series at this moment. Label values come from closed sets: never an id, a path or anything a caller can make up. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One scrape: what several families are made of is read once. */
export interface Scrape {
  /** The totals of the fleet. */
  readonly totals: Promise<Totals>;
  /** What `read` resolves to; asked once per scrape, however many families want it. */
  once<T>(read: () => Promise<T>): Promise<T>;
}

/** Reads a family's series. What it costs must not grow with what is stored. */
export type Collect = (scrape: Scrape) => readonly Sample[] | Promise<readonly Sample[]>;

/** Fleet families of one name that are kept as totals. */
export type TotalsFamily = Omit<Family, 'scope' | 'type'>;
