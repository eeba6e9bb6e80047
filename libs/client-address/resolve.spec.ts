import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hopLimits } from './hop-lists.js';
import { isLocalRequest, parseAddressList, resolveClient, type HeaderMap } from './index.js';

const trusted = parseAddressList(['127.0.0.0/8', '::1', '10.0.0.0/8', 'fd00::/8']);
const resolve = (headers: HeaderMap, peer = '10.0.0.1'): string => resolveClient({ peer, headers, trusted }).address;

describe('resolveClient', () => {
  it('does not listen to a peer that is no trusted proxy', () => {
    const headers = { 'x-forwarded-for': '10.0.0.9', forwarded: 'for=10.0.0.9', 'x-real-ip': '10.0.0.9' };
    expect(resolveClient({ peer: '::ffff:203.0.113.5', headers, trusted })).toEqual({
      address: '203.0.113.5',
      source: 'peer',
      hops: [{ source: 'peer', text: '::ffff:203.0.113.5', address: '203.0.113.5', isTrusted: false }],
    });
  });

  it.each<[string, HeaderMap, string]>([
    ['one proxy', { 'x-forwarded-for': '203.0.113.5' }, '203.0.113.5'],
    ['a made-up first element', { 'x-forwarded-for': '1.1.1.1, 203.0.113.5' }, '203.0.113.5'],
    ['trusted hops between', { 'x-forwarded-for': '1.1.1.1, 203.0.113.5, 10.0.0.7,fd00::1' }, '203.0.113.5'],
    ['only trusted hops', { 'x-forwarded-for': '10.0.0.9, 10.0.0.8' }, '10.0.0.9'],
    ['several header lines', { 'x-forwarded-for': ['1.1.1.1', '203.0.113.5'] }, '203.0.113.5'],
    ['ports, brackets, zones', { 'x-forwarded-for': '[2001:db8::7%eth0]:8443, 10.0.0.2:99' }, '2001:db8::7'],
    ['a hop that is no address', { 'x-forwarded-for': '1.1.1.1, unknown, 10.0.0.2' }, '10.0.0.2'],
    [
      'X-Forwarded-For before the others',
      { 'x-forwarded-for': '1.1.1.1', forwarded: 'for=2.2.2.2', 'x-real-ip': '3.3.3.3' },
      '1.1.1.1',
    ],
    ['Forwarded', { forwarded: 'for=192.0.2.60;proto=http;by=203.0.113.43' }, '192.0.2.60'],
    ['Forwarded, quoted', { forwarded: 'for=1.1.1.1, For="[2001:db8:cafe::17]:4711"' }, '2001:db8:cafe::17'],
    ['Forwarded, escaped', { forwarded: 'for="19\\2.0.2.60"' }, '192.0.2.60'],
    ['Forwarded, IPv6 unquoted', { forwarded: 'for=[2001:db8::17]:80' }, '2001:db8::17'],
    ['Forwarded, obfuscated', { forwarded: 'for=1.1.1.1, for=_SEVKISEK, for=10.0.0.3' }, '10.0.0.3'],
    ['Forwarded, unknown', { forwarded: 'for=unknown' }, '10.0.0.1'],
    ['Forwarded without for', { forwarded: 'for=1.1.1.1, proto=https' }, '10.0.0.1'],
    ['Forwarded, a quote that swallows the rest', { forwarded: 'for=6.6.6.6, x=", for="9.9.9.9:1"' }, '10.0.0.1'],
    ['Forwarded, an open quote', { forwarded: 'for="6.6.6.6, for=9.9.9.9' }, '10.0.0.1'],
    ['Forwarded, twice for', { forwarded: 'for=6.6.6.6;for=9.9.9.9' }, '10.0.0.1'],
    ['a comma in quotes', { forwarded: 'by="a,b;c";for=9.9.9.9, for=10.0.0.4' }, '9.9.9.9'],
    ['X-Real-IP', { 'x-real-ip': '203.0.113.5' }, '203.0.113.5'],
    ['X-Real-IP that is none', { 'x-real-ip': 'me' }, '10.0.0.1'],
    ['blank headers', { 'x-forwarded-for': ' ', forwarded: '', 'x-real-ip': '203.0.113.5' }, '203.0.113.5'],
    ['no header', {}, '10.0.0.1'],
  ])('%s', (_name, headers, address) => expect(resolve(headers)).toBe(address));

  it('explains the way, nearest hop first, up to where belief ended', () => {
    const headers = { 'x-forwarded-for': '1.1.1.1, 203.0.113.5, 10.0.0.7' };
    const { hops, source } = resolveClient({ peer: '127.0.0.1', headers, trusted });
    expect(hops.map((hop) => [hop.source, hop.address, hop.isTrusted])).toEqual([
      ['peer', '127.0.0.1', true],
      ['x-forwarded-for', '10.0.0.7', true],
      ['x-forwarded-for', '203.0.113.5', false],
    ]);
    expect(source).toBe('x-forwarded-for');
  });

  it('has no opinion about a socket without an address', () => {
    expect(resolveClient({ peer: undefined, headers: { 'x-forwarded-for': '1.1.1.1' }, trusted }).address).toBe(
      'unknown',
    );
  });

  it('reads the near end of an endless header', () => {
    expect(resolve({ 'x-forwarded-for': `${'1.1.1.1,'.repeat(1e5)}203.0.113.5` })).toBe('203.0.113.5');
    expect(resolve({ forwarded: `${'for=1.1.1.1,'.repeat(1e5)}for=203.0.113.5` })).toBe('10.0.0.1');
    const { hops } = resolveClient({
      peer: '10.0.0.1',
      headers: { 'x-forwarded-for': '10.0.0.2,'.repeat(500) },
      trusted,
    });
    expect(hops).toHaveLength(1 + hopLimits.hopsMax);
  });

  it('never lets a caller behind a trusted proxy choose its address, whatever it sends', () => {
    const junk = fc.oneof(
      fc.string(),
      fc.stringMatching(/^[ ,;="\\\w.:[\]]{0,40}$/),
      fc.ipV4(),
      fc.ipV6(),
      fc.ipV4().map((ip) => `for="${ip}"`),
    );
    const sent = fc.array(junk, { maxLength: 6 }).map((parts) => parts.join(','));
    fc.assert(
      fc.property(sent, (text) => {
        // The proxy appends what it sees: the caller is 203.0.113.5.
        expect(resolve({ 'x-forwarded-for': `${text}, 203.0.113.5` })).toBe('203.0.113.5');
        expect(['203.0.113.5', '10.0.0.1']).toContain(resolve({ forwarded: `${text}, for=203.0.113.5` }));
        expect(['2001:db8::5', '10.0.0.1']).toContain(resolve({ forwarded: `${text}, for="[2001:db8::5]:99"` }));
        expect(resolve({ 'x-forwarded-for': text, forwarded: text, 'x-real-ip': text }, '203.0.113.9')).toBe(
          '203.0.113.9',
        );
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('isLocalRequest', () => {
  const local = (host: string | undefined, headers: HeaderMap = {}, peer = '127.0.0.1'): boolean =>
    isLocalRequest({ peer, headers: { ...headers, host } });

  it.each([
    'localhost',
    'localhost:8080',
    'LOCALHOST',
    'localhost.',
    'app.localhost:1',
    '127.0.0.1:8080',
    '127.8.8.8',
    '[::1]',
    '[::1]:8001',
  ])('Host %s is', (host) => expect(local(host)).toBe(true));
  it.each([
    undefined,
    '',
    'evil.example',
    'localhost.evil.example',
    'notlocalhost',
    '127.0.0.1.evil.example',
    '[::2]',
    '0.0.0.0',
    '::1',
    'localhost:x',
    'a@localhost',
    '.localhost',
    'localhost, evil',
    '[127.0.0.1]',
    '2130706433',
  ])('Host %s is not', (host) => expect(local(host)).toBe(false));
  it.each([
    'x-forwarded-for',
    'x-forwarded-proto',
    'X-Forwarded-Host',
    'forwarded',
    'x-real-ip',
    'via',
    'cf-connecting-ip',
    'true-client-ip',
    'cf-ray',
  ])('with %s is not, even when it is empty', (name) =>
    expect([local('localhost', { [name]: 'x' }), local('localhost', { [name]: '' })]).toEqual([false, false]),
  );
  it('needs a loopback peer', () => {
    expect(local('localhost', {}, '::ffff:127.0.0.1')).toBe(true);
    expect(local('localhost', {}, '192.168.1.2')).toBe(false);
    expect(isLocalRequest({ peer: undefined, headers: { host: 'localhost' } })).toBe(false);
  });
});
