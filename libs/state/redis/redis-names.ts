import { StateLimitExceeded } from '../errors.js';
import { checkKey } from '../limits.js';

/** Kinds of what is kept under a key: value, counter, hash, lease, exact window, counters of a window. */
export type Kind = 'v' | 'c' | 'h' | 'l' | 'w' | 'n';

/** A brace of the prefix would begin the hash tag; it has to end there too, or the kinds of a key would be torn apart. */
const brokenTag = /^[^{]*\{(\}|[^}]*$)/;

/** Names of keys in Redis: prefix, kind and key, of which the braces make Redis Cluster's hash tag. */
export class RedisNames {
  constructor(private readonly keyPrefix: string) {
    if (brokenTag.test(keyPrefix)) throw new StateLimitExceeded('keyPrefix', 'its first brace must enclose something');
  }

  /** What belongs to one key lies on one node. Refuses a key outside the limits. */
  of(kind: Kind, key: string): string {
    checkKey(key);
    return `${this.beginning(kind, key)}}`;
  }

  /** What the names of all keys that start with `prefix` start with. */
  beginning(kind: Kind, prefix: string): string {
    // Never an empty tag, whatever the key begins with: that would be none.
    return `${this.keyPrefix}${kind}{:${prefix}`;
  }

  channel(name: string): string {
    checkKey(name);
    return this.keyPrefix + name;
  }
}
