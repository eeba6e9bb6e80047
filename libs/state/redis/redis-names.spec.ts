import { describe, expect, it } from 'vitest';
import { stateLimits } from '../limits.js';
import { RedisNames } from './redis-names.js';

/** The part of a name that decides its slot (Redis Cluster specification, "hash tags"). */
function hashTagOf(name: string): string {
  return /\{([^}]+)\}/.exec(name.slice(name.indexOf('{')))?.[1] ?? name;
}

const kinds = ['v', 'c', 'h', 'l', 'w', 'n'] as const;
const keys = ['a', '}', '{', '{}', '}{a}', 'a}b', '{a', '🚀', 'x'.repeat(stateLimits.keyBytesMax)];

describe('RedisNames', () => {
  it.each(keys)('keeps everything of the key %s on one node', (key) => {
    for (const prefix of ['', 'st:', '{st}:', 'a}b:']) {
      const names = kinds.map((kind) => new RedisNames(prefix).of(kind, key));
      expect(new Set(names).size).toBe(kinds.length);
      expect(new Set(names.map(hashTagOf)).size).toBe(1);
      for (const [index, kind] of kinds.entries())
        expect(names[index]?.startsWith(new RedisNames(prefix).beginning(kind, key))).toBe(true);
    }
  });

  it('spreads different keys', () => {
    const names = new RedisNames('st:');
    expect(hashTagOf(names.of('w', 'a'))).not.toBe(hashTagOf(names.of('w', 'b')));
  });

  it.each(['{', 'a{', '{}', '{}{a}'])('refuses the prefix %s, which would tear the kinds of a key apart', (prefix) => {
    expect(() => new RedisNames(prefix)).toThrow('keyPrefix');
  });
});
