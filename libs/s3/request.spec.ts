import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeaderMap, splitTarget } from './request.js';
import { decodeUriPart, encodeUri, parseQuery, rawQueryPairs } from './uri.js';

const refused = (code: string): Error => expect.objectContaining({ code }) as Error;

describe('HeaderMap', () => {
  const headers = HeaderMap.fromRaw(['Host', 'a', 'X-Two', ' 1 ', 'x-two', '2', '__proto__', 'p']);

  it('keeps repeated headers and refuses to choose between them', () => {
    expect(headers.single('host')).toBe('a');
    expect(headers.all('x-two')).toEqual([' 1 ', '2']);
    expect(headers.joined('x-two')).toBe(' 1 ,2');
    expect(() => headers.single('x-two')).toThrow(refused('InvalidArgument'));
    expect([...headers.names()]).toEqual(['host', 'x-two', '__proto__']);
    expect([headers.has('none'), headers.single('none'), headers.joined('none')]).toEqual([
      false,
      undefined,
      undefined,
    ]);
  });
});

describe('raw targets', () => {
  it('are split at the first question mark and left alone', () => {
    expect(splitTarget('/a%2f/?b=?c')).toEqual({ rawPath: '/a%2f/', rawQuery: 'b=?c' });
    expect(splitTarget('/a')).toEqual({ rawPath: '/a', rawQuery: '' });
    expect(rawQueryPairs('a&b=&c=d=e&&')).toEqual([
      ['a', ''],
      ['b', ''],
      ['c', 'd=e'],
    ]);
  });

  it('have parameters in which plus is a space, each once', () => {
    expect(Object.fromEntries(parseQuery('uploads&prefix=a+b%2Bc%26'))).toEqual({ uploads: '', prefix: 'a b+c&' });
    expect(() => parseQuery('uploadId=1&upload%49d=2')).toThrow(refused('InvalidArgument'));
    expect(() => parseQuery('a=%ff')).toThrow(refused('InvalidURI'));
  });
});

describe('percent-encoding', () => {
  it('goes there and back for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(decodeUriPart(encodeUri(text))).toBe(text);
        expect(decodeUriPart(encodeUri(text, true))).toBe(text);
        expect(encodeUri(text)).toMatch(/^([A-Za-z0-9._~-]|%[0-9A-F]{2})*$/);
      }),
    );
  });

  it('writes the key of the field notes as boto3 does', () => {
    expect(encodeUri('run/a b+c/é~(1)%41.txt', true)).toBe('run/a%20b%2Bc/%C3%A9~%281%29%2541.txt');
  });
});
