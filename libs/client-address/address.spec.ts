import fc from 'fast-check';
import { isIP } from 'node:net';
import { describe, expect, it } from 'vitest';
import { bucketOf, InvalidAddressEntryError, isLoopback, normalizeAddress, parseAddressList } from './index.js';

describe('normalizeAddress', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['192.0.2.1:443', '192.0.2.1'],
    ['[2001:DB8::0001]:443', '2001:db8::1'],
    ['2001:db8:0:0:0:0:0:1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['[fe80::1%25eth0]', 'fe80::1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['[::ffff:c000:201]:80', '192.0.2.1'],
    [' ::1 ', '::1'],
  ])('%s is %s', (text, address) => expect(normalizeAddress(text)).toBe(address));

  it.each([
    '',
    'unknown',
    '_hidden',
    '010.0.0.1',
    '0x7f.1',
    '2130706433',
    '127.1',
    '[192.0.2.1]',
    '1.2.3.4%eth0',
    '[::1',
    '1.2.3.4:80:90',
    '256.1.1.1',
    ':::',
    '::%0%',
    'fe80::1%eth0%1',
  ])('%j is no address', (text) => expect(normalizeAddress(text)).toBeUndefined());

  it('takes every address that Node takes, is stable, and survives anything else', () => {
    const texts = fc.oneof(fc.ipV4(), fc.ipV6(), fc.string(), fc.stringMatching(/^[[\]:.%0-9a-f]{0,60}$/));
    fc.assert(
      fc.property(texts, (text) => {
        const address = normalizeAddress(text);
        if (isIP(text) && !text.includes('%')) expect(address).toBeDefined();
        if (address === undefined) return;
        expect(isIP(address)).not.toBe(0);
        expect(normalizeAddress(address)).toBe(address);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('AddressList', () => {
  it.each([
    ['10.1.2.3/8', '10.255.0.1', true],
    ['10.1.2.3/8', '11.0.0.1', false],
    ['192.0.2.7', '::ffff:192.0.2.7', true],
    ['::ffff:10.0.0.0/104', '10.9.9.9', true],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::/32', '192.0.2.1', false],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', '::1', false],
    ['::/0', '2001:db8::1', true],
    ['::/0', '192.0.2.1', false],
    ['0.0.0.0/0', 'unknown', false],
  ])('%s holds %s: %s', (entry, address, held) => expect(parseAddressList([entry]).contains(address)).toBe(held));

  it('is empty when nothing was listed', () => expect(parseAddressList([]).contains('127.0.0.1')).toBe(false));

  it.each([
    '',
    '10.0.0.0/33',
    '10.0.0.0/08',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '::/129',
    '::ffff:1.2.3.4/95',
    '1.2.3.4:80',
    '[::1]',
    'localhost',
    '10.0.0/8',
    '1.2.3.4 5.6.7.8',
  ])('names the bad entry %j', (entry) => {
    expect(() => parseAddressList(['10.0.0.0/8', entry])).toThrow(InvalidAddressEntryError);
    expect(() => parseAddressList(['10.0.0.0/8', entry])).toThrow(`${JSON.stringify(entry)} is not an IP address`);
  });

  it('agrees with a comparison of the leading bits', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), fc.nat(0xffffffff), fc.nat(32), (network, host, bits) => {
        const dotted = (value: number): string => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
        const near = bits === 0 ? host : ((network & (-1 << (32 - bits))) | (bits === 32 ? 0 : host >>> bits)) >>> 0;
        const list = parseAddressList([`${dotted(network)}/${bits}`]);
        expect(list.contains(dotted(near))).toBe(true);
        const same = BigInt(network) >> BigInt(32 - bits) === BigInt(host) >> BigInt(32 - bits);
        expect(list.contains(dotted(host))).toBe(same);
      }),
    );
  });
});

describe('bucketOf', () => {
  it('is the address of IPv4 and the /64 of IPv6', () => {
    expect(bucketOf('192.0.2.1')).toBe('192.0.2.1');
    expect(bucketOf('::ffff:192.0.2.1')).toBe('192.0.2.1');
    expect(bucketOf('2001:db8:1:2:aaaa::1')).toBe('2001:db8:1:2::/64');
    expect(bucketOf('2001:db8:1:2:bbbb::2')).toBe(bucketOf('2001:db8:1:2:aaaa::1'));
    expect(bucketOf('2001:db8:1:3::1')).not.toBe(bucketOf('2001:db8:1:2::1'));
    expect(bucketOf('unknown')).toBe('unknown');
  });
});

describe('isLoopback', () => {
  it.each(['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1'])('%s is', (text) =>
    expect(isLoopback(text)).toBe(true),
  );
  it.each(['128.0.0.1', '::2', '0.0.0.0', '::', 'localhost', ''])('%s is not', (text) =>
    expect(isLoopback(text)).toBe(false),
  );
});
