import { describe, expect, it } from 'vitest';
import { EgressGuard, isForbiddenHost, kindOf, type Reach } from './egress-guard.js';

const may = (guard: EgressGuard, host: string, address: string, reach: Reach): boolean => {
  try {
    guard.check(host, address, reach);
    return true;
  } catch {
    return false;
  }
};

describe('an address', () => {
  it.each([
    ['93.184.216.34', 'public'],
    ['2606:2800:220:1::1', 'public'],
    ['127.0.0.1', 'inner'],
    ['::1', 'inner'],
    ['10.1.2.3', 'inner'],
    ['172.31.255.255', 'inner'],
    ['192.168.0.1', 'inner'],
    ['100.64.0.1', 'inner'],
    ['fd12:3456::1', 'inner'],
    ['fec0::1', 'inner'],
    ['2001:0:4136:e378:8000:63bf:3fff:fdd2', 'inner'],
    ['240.0.0.1', 'inner'],
    ['169.254.169.254', 'forbidden'],
    ['fe80::1%eth0', 'forbidden'],
    ['::ffff:169.254.169.254', 'forbidden'],
    ['::ffff:a9fe:a9fe', 'forbidden'],
    ['::169.254.169.254', 'forbidden'],
    ['::ffff:0:169.254.169.254', 'forbidden'],
    ['64:ff9b::169.254.169.254', 'forbidden'],
    ['2002:a9fe:a9fe::1', 'forbidden'],
    ['::ffff:127.0.0.1', 'inner'],
    ['64:ff9b::10.0.0.1', 'inner'],
    ['64:ff9b::93.184.216.34', 'public'],
    ['fd00:ec2::254', 'forbidden'],
    ['100.100.100.200', 'forbidden'],
    ['168.63.129.16', 'forbidden'],
    ['0.0.0.0', 'forbidden'],
    ['::', 'forbidden'],
    ['224.0.0.1', 'forbidden'],
    ['255.255.255.255', 'forbidden'],
    ['', 'forbidden'],
    ['not an address', 'forbidden'],
  ])('%s is %s', (address, kind) => {
    expect(kindOf(address)).toBe(kind);
  });
});

describe('a host as it is written', () => {
  it.each([
    ['http://169.254.169.254/latest', true],
    ['http://2852039166/', true],
    ['http://0xa9fea9fe/', true],
    ['http://0251.0376.0251.0376/', true],
    ['http://169.16689662/', true],
    ['http://[::ffff:169.254.169.254]/', true],
    ['http://[fe80::1]/', true],
    ['http://0/', true],
    ['http://metadata.google.internal/', true],
    ['http://METADATA.google.internal./', true],
    ['http://127.0.0.1:8001/', false],
    ['https://simpletuner.example.com/', false],
  ])('%s is forbidden: %s', (url, expected) => {
    expect(isForbiddenHost(new URL(url))).toBe(expected);
  });
});

describe('EgressGuard', () => {
  it('lets URLs that people set lead to the internet alone, proxies inside as well, and nothing to metadata', () => {
    const guard = new EgressGuard();
    expect(may(guard, 'example.com', '93.184.216.34', 'public')).toBe(true);
    expect(may(guard, 'example.com', '10.0.0.1', 'public')).toBe(false);
    expect(may(guard, 'example.com', '10.0.0.1', 'inner')).toBe(true);
    for (const reach of ['public', 'inner'] as const)
      expect(may(guard, 'example.com', '169.254.169.254', reach)).toBe(false);
    expect(may(guard, 'example.com', '169.254.169.254', 'any')).toBe(true);
  });

  it('lets hosts and networks in that the operator allows, but never metadata', () => {
    const guard = new EgressGuard([
      'Intranet.Example.com',
      '.corp.example.com',
      '10.1.0.0/16',
      'fd00::/8',
      '169.254.0.0/16',
    ]);
    expect(may(guard, 'intranet.example.com.', '10.9.9.9', 'public')).toBe(true);
    expect(may(guard, 'x.intranet.example.com', '10.9.9.9', 'public')).toBe(false);
    expect(may(guard, 'a.corp.example.com', '192.168.1.1', 'public')).toBe(true);
    expect(may(guard, 'evilcorp.example.com', '192.168.1.1', 'public')).toBe(false);
    expect(may(guard, 'other.example.com', '10.1.2.3', 'public')).toBe(true);
    expect(may(guard, 'other.example.com', '::ffff:10.1.2.3', 'public')).toBe(true);
    expect(may(guard, 'other.example.com', 'fd00::7', 'public')).toBe(true);
    expect(may(guard, 'other.example.com', '10.2.0.1', 'public')).toBe(false);
    for (const address of ['169.254.169.254', 'fd00:ec2::254'])
      expect(may(guard, 'a.corp.example.com', address, 'public')).toBe(false);
  });
});
