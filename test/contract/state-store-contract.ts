import { beforeAll, describe, expect, it, vi } from 'vitest';
import { stateLimits, StateLimitExceeded, type StateStore } from '#libs/state';
import type { StateDriver } from './state-drivers.js';

const rocket = 'キー 🚀 𝒳';
const hostile = [
  `'; DROP TABLE state_entries; --`,
  '" OR ""="',
  '\\',
  '%',
  '_',
  '$1',
  '?',
  '{tag}',
  '}{',
  '*[a-z]?',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'line\nbreak\ttab\r',
  '\u0001\u001f\u007f',
  'Key',
  'key',
  'key ',
  'ké',
  'ke\u0301',
  '${jndi:ldap://x}',
];

/** What every driver promises of `StateStore`; keys differ from test to test, so that all share one store. */
export function stateStoreContract(driver: StateDriver): void {
  let store: StateStore;
  const inAnHour = async (): Promise<number> => (await store.nowMs()) + 3_600_000;
  const past = async (): Promise<number> => (await store.nowMs()) - 1;

  beforeAll(async () => {
    store = (await driver.open(await driver.place())).store;
  });

  describe(`StateStore over ${driver.kind}: values`, () => {
    it('answers undefined for what is not there', async () => {
      expect(await store.get('absent')).toBeUndefined();
      expect(await store.counter('absent')).toBeUndefined();
      expect(await store.fields('absent')).toEqual(new Map());
      expect(await store.delete('absent')).toBe(false);
      expect(await store.deleteField('absent', 'field')).toBe(false);
      expect(await store.deleteByPrefix('absent')).toBe(0);
    });

    it('gives back what was set, also the empty text, and replaces it with its expiry', async () => {
      await store.set('set', 'one', await inAnHour());
      expect(await store.get('set')).toBe('one');
      await store.set('set', '', await past());
      expect(await store.get('set')).toBeUndefined();
      await store.set('set', '');
      expect(await store.get('set')).toBe('');
      expect(await store.delete('set')).toBe(true);
      expect(await store.get('set')).toBeUndefined();
    });

    it('lets values, counters and hashes expire at an absolute instant of its own clock', async () => {
      const soonMs = (await store.nowMs()) + 400;
      await store.set('expiring', 'value', soonMs);
      await store.increment('expiring', 5, soonMs);
      await store.setFields('expiring', new Map([['a', '1']]), soonMs);
      // What was alive before the instant was read alive before it.
      const [value, counter, fields] = [
        await store.get('expiring'),
        await store.counter('expiring'),
        await store.fields('expiring'),
      ];
      if ((await store.nowMs()) < soonMs) expect([value, counter, fields.get('a')]).toEqual(['value', 5, '1']);
      await vi.waitUntil(async () => (await store.nowMs()) >= soonMs, { timeout: 10_000, interval: 20 });
      expect(await store.get('expiring')).toBeUndefined();
      expect(await store.counter('expiring')).toBeUndefined();
      expect(await store.fields('expiring')).toEqual(new Map());
      expect(await store.delete('expiring')).toBe(false);
    });

    it('lets nothing live through the millisecond in which it expires', async () => {
      for (let time = 0; time < 20; time += 1) {
        const atMs = (await store.nowMs()) + 3;
        await store.set('brief', 'value', atMs);
        while ((await store.nowMs()) < atMs);
        expect(await store.get('brief')).toBeUndefined();
      }
    });

    it('takes an instant that has passed, even 1970, as expired', async () => {
      await store.set('epoch', 'x', 0);
      expect(await store.get('epoch')).toBeUndefined();
      expect(await store.setIfAbsent('epoch', 'y')).toBe(true);
      expect(await store.get('epoch')).toBe('y');
    });

    it('keeps hostile, 4-byte and look-alike keys and values apart and unchanged', async () => {
      const texts = [...hostile, rocket];
      await Promise.all(texts.map((text) => store.set(`h:${text}`, `value of ${text}`)));
      for (const text of texts) expect(await store.get(`h:${text}`)).toBe(`value of ${text}`);
      await store.setFields('hostile', new Map(texts.map((text) => [text, `field ${text}`])));
      expect(await store.fields('hostile')).toEqual(new Map(texts.map((text) => [text, `field ${text}`])));
      for (const text of texts) expect(await store.deleteField('hostile', text)).toBe(true);
      expect(await store.fields('hostile')).toEqual(new Map());
      for (const text of texts) expect(await store.delete(`h:${text}`)).toBe(true);
    });

    it('keeps the longest key and value, and refuses longer ones by the name of the limit', async () => {
      const key = '🚀'.repeat(stateLimits.keyBytesMax / 4);
      const value = 'é'.repeat(stateLimits.valueBytesMax / 2);
      await store.set(key, value);
      expect(await store.get(key)).toBe(value);
      await store.setFields(key, new Map([[key, value]]));
      expect((await store.fields(key)).get(key)).toBe(value);
      expect(await store.deleteByPrefix(key)).toBe(2);
      await expect(store.get(`${key}x`)).rejects.toThrow(StateLimitExceeded);
      await expect(store.get(`${key}x`)).rejects.toThrow('keyBytesMax');
      await expect(store.set('k', `${value}x`)).rejects.toThrow('valueBytesMax');
      await expect(store.publish('k', 'x'.repeat(stateLimits.messageBytesMax + 1))).rejects.toThrow('messageBytesMax');
      await expect(store.get('')).rejects.toThrow('keyBytesMax');
    });

    it('refuses what some store could not keep: NUL and half a surrogate pair', async () => {
      await expect(store.set('a\0b', 'x')).rejects.toThrow(StateLimitExceeded);
      await expect(store.set('a', '\ud800')).rejects.toThrow(StateLimitExceeded);
      await expect(store.setFields('a', new Map([['f', 'x\0']]))).rejects.toThrow(StateLimitExceeded);
      await expect(store.set('a', 'x', 1.5)).rejects.toThrow(StateLimitExceeded);
    });

    it('lets exactly one of many set an absent value', async () => {
      const set = await Promise.all(
        Array.from({ length: 20 }, (_, index) => store.setIfAbsent('absent-once', `${index}`)),
      );
      expect(set.filter(Boolean)).toHaveLength(1);
      expect(await store.get('absent-once')).toBe(String(set.indexOf(true)));
    });

    it('compares and sets, from and to absence too', async () => {
      expect(await store.compareAndSet('cas', 'x', 'y')).toBe(false);
      expect(await store.compareAndSet('cas', undefined, 'a')).toBe(true);
      expect(await store.compareAndSet('cas', undefined, 'b')).toBe(false);
      expect(await store.compareAndSet('cas', 'a ', 'b')).toBe(false);
      expect(await store.compareAndSet('cas', 'A', 'b')).toBe(false);
      expect(await store.compareAndSet('cas', 'a', 'b')).toBe(true);
      expect(await store.compareAndSet('cas', 'a', undefined)).toBe(false);
      expect(await store.compareAndSet('cas', 'b', undefined)).toBe(true);
      expect(await store.compareAndSet('cas', undefined, undefined)).toBe(true);
      expect(await store.get('cas')).toBeUndefined();
    });

    it('loses no update when many compare and set at once', async () => {
      await store.set('cas-sum', '0');
      const add = async (): Promise<void> => {
        for (;;) {
          const value = (await store.get('cas-sum')) ?? '';
          if (await store.compareAndSet('cas-sum', value, String(Number(value) + 1))) return;
        }
      };
      await Promise.all(Array.from({ length: 12 }, add));
      expect(await store.get('cas-sum')).toBe('12');
    });
  });

  describe(`StateStore over ${driver.kind}: counters, hashes, prefixes`, () => {
    it('adds up what many add at once, below zero and beyond 32 bits too', async () => {
      const sums = await Promise.all(Array.from({ length: 30 }, () => store.increment('sum')));
      expect(sums.sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
      expect(await store.increment('sum', -40)).toBe(-10);
      expect(await store.increment('sum', 2 ** 50)).toBe(2 ** 50 - 10);
      expect(await store.counter('sum')).toBe(2 ** 50 - 10);
    });

    it('sets the expiry of a counter when it is created, and only then', async () => {
      await store.increment('kept', 1, await inAnHour());
      await store.increment('kept', 1, await past());
      expect(await store.counter('kept')).toBe(2);
      await store.increment('gone', 1, await past());
      expect(await store.increment('gone', 1)).toBe(1);
    });

    it('merges fields, keeps the expiry unless a new one is given, and forgets a hash without fields', async () => {
      await store.setFields(
        'hash',
        new Map([
          ['a', '1'],
          ['b', '2'],
        ]),
        await inAnHour(),
      );
      await Promise.all(
        Array.from({ length: 10 }, (_, index) => store.setFields('hash', new Map([[`c${index}`, '3']]))),
      );
      await store.setFields('hash', new Map([['a', '9']]));
      const fields = await store.fields('hash');
      expect([fields.size, fields.get('a'), fields.get('b')]).toEqual([12, '9', '2']);
      await store.setFields('hash', new Map([['a', '9']]), await past());
      expect(await store.fields('hash')).toEqual(new Map());
      await store.setFields('hash', new Map([['only', '1']]));
      expect(await store.deleteField('hash', 'other')).toBe(false);
      expect(await store.deleteField('hash', 'only')).toBe(true);
      expect(await store.delete('hash')).toBe(false);
    });

    it('keeps a value, a counter and a hash of one key apart, and deletes all three', async () => {
      await store.set('three', 'text');
      await store.increment('three', 7);
      await store.setFields('three', new Map([['f', 'x']]));
      expect([await store.get('three'), await store.counter('three')]).toEqual(['text', 7]);
      expect(await store.delete('three')).toBe(true);
      expect([await store.get('three'), await store.counter('three'), (await store.fields('three')).size]).toEqual([
        undefined,
        undefined,
        0,
      ]);
    });

    it('deletes by a prefix taken literally', async () => {
      const kept = ['p', 'pX1', 'p%', 'P_1', 'p\\_1', 'p-1', 'q_1'];
      const deleted = ['p_', 'p_1', 'p_%', 'p_🚀', 'p_\u{10ffff}', 'p_\u{10ffff}x', 'p_*', `p_'`];
      for (const key of [...kept, ...deleted]) await store.set(key, key);
      await store.increment('p_1');
      await store.set('p_expired', 'x', await past());
      expect(await store.deleteByPrefix('p_')).toBe(deleted.length + 1);
      for (const key of kept) expect(await store.get(key)).toBe(key);
      for (const key of deleted) expect(await store.get(key)).toBeUndefined();
      for (const prefix of ['p%', 'p\\', '[p]', 'p*']) await store.deleteByPrefix(prefix);
      for (const key of ['p', 'pX1', 'P_1', 'p-1', 'q_1']) expect(await store.get(key)).toBe(key);
      expect(await store.get('p%')).toBeUndefined();
    });
  });
}
