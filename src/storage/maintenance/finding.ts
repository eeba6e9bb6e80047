import type { ObjectAddress } from '../object.js';

/**
 * What maintenance found at an address.
 * - `missing`: the index names an object whose bytes are nowhere
 * - `different`: other bytes lie there than those that arrived
 * - `unknown`: a file that the index does not know
 * - `adopted`: such a file, now an object
 * - `relocated`: the object's bytes in a file that was restored or copied there; the index knows it again
 * - `forgotten`: a missing object whose row was removed
 * - `ownerless`: a file in the folder of a job that is not in the database
 */
export interface Finding extends ObjectAddress {
  readonly kind: 'missing' | 'different' | 'unknown' | 'adopted' | 'relocated' | 'forgotten' | 'ownerless';
}

/** Those after which not everything is as it should be. */
export const faults: ReadonlySet<Finding['kind']> = new Set(['missing', 'different', 'ownerless']);

/** Counts what was looked at. */
export interface Tally {
  objects: number;
  bytes: number;
}
