import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { S3Error, type S3ErrorCode } from '../errors.js';
import { HeaderMap } from '../request.js';
import { encodeUri } from '../uri.js';
import { hasWriteConditions, judgeCopyConditions, judgeReadConditions, judgeWriteConditions } from './conditions.js';
import { readMetadataDirective, readObjectMetadata, readResponseOverrides } from './metadata.js';
import { checkKey, parseCopySource, parseTarget } from './names.js';
import { contentRange, resolveCopyRange, resolveRange } from './range.js';

function outcome<T>(work: () => T): T | S3ErrorCode {
  try {
    return work();
  } catch (error) {
    if (error instanceof S3Error) return error.code;
    throw error;
  }
}

describe('resolveRange', () => {
  it.each([
    ['bytes=0-9', { start: 0, end: 9 }],
    ['bytes=90-', { start: 90, end: 99 }],
    ['bytes=90-1000', { start: 90, end: 99 }],
    ['bytes=-10', { start: 90, end: 99 }],
    ['bytes=-1000', { start: 0, end: 99 }],
    ['Bytes = 5 - 5', { start: 5, end: 5 }],
    ['bytes=100-', 'InvalidRange'],
    ['bytes=-0', 'InvalidRange'],
    ['bytes=9-0', undefined],
    ['bytes=0-1,5-6', undefined],
    ['bytes=-', undefined],
    ['bytes=a-b', undefined],
    ['lines=0-1', undefined],
    [undefined, undefined],
  ])('%s of 100 bytes', (header, expected) => {
    expect(outcome(() => resolveRange(header, 100))).toEqual(expected);
  });

  it('stays inside the object or refuses, whatever it is given', () => {
    const header = fc.oneof(
      fc.string(),
      fc.tuple(fc.nat(), fc.nat()).map(([a, b]) => `bytes=${a}-${b}`),
      fc.nat().map((a) => `bytes=-${a}`),
    );
    fc.assert(
      fc.property(header, fc.nat(), (text, bytes) => {
        const range = outcome(() => resolveRange(text, bytes));
        if (range === undefined || range === 'InvalidRange' || typeof range === 'string') return;
        expect(range.start >= 0 && range.start <= range.end && range.end < bytes).toBe(true);
      }),
    );
  });

  it('has no satisfiable range in an empty object', () => {
    expect(outcome(() => resolveRange('bytes=0-', 0))).toBe('InvalidRange');
    expect(outcome(() => resolveRange('bytes=-5', 0))).toBe('InvalidRange');
    expect(contentRange({ start: 0, end: 9 }, 100)).toBe('bytes 0-9/100');
  });

  it.each([
    ['bytes=0-99', { start: 0, end: 99 }],
    ['bytes=0-100', 'InvalidArgument'],
    ['bytes=0-', 'InvalidArgument'],
    ['bytes=5-4', 'InvalidArgument'],
    [undefined, undefined],
  ])('copies %s of 100 bytes', (header, expected) => {
    expect(outcome(() => resolveCopyRange(header, 100))).toEqual(expected);
  });
});

describe('conditions', () => {
  const object = { etag: 'abc-2', lastModifiedMs: Date.UTC(2026, 0, 1, 0, 0, 0, 500) };
  const same = 'Thu, 01 Jan 2026 00:00:00 GMT';
  const before = 'Wed, 31 Dec 2025 23:59:59 GMT';

  it.each<[Record<string, string>, string]>([
    [{}, 'proceed'],
    [{ 'if-match': '"abc-2"' }, 'proceed'],
    [{ 'if-match': 'abc-2' }, 'proceed'],
    [{ 'if-match': '"x", "abc-2"' }, 'proceed'],
    [{ 'if-match': '*' }, 'proceed'],
    [{ 'if-match': '"x"' }, 'PreconditionFailed'],
    [{ 'if-none-match': '"x"' }, 'proceed'],
    [{ 'if-none-match': 'W/"abc-2"' }, 'not-modified'],
    [{ 'if-none-match': '*' }, 'not-modified'],
    [{ 'if-modified-since': same }, 'not-modified'],
    [{ 'if-modified-since': before }, 'proceed'],
    [{ 'if-unmodified-since': same }, 'proceed'],
    [{ 'if-unmodified-since': before }, 'PreconditionFailed'],
    [{ 'if-unmodified-since': 'yesterday' }, 'proceed'],
    [{ 'if-match': '"abc-2"', 'if-unmodified-since': before }, 'proceed'],
    [{ 'if-none-match': '"x"', 'if-modified-since': same }, 'proceed'],
    [{ 'if-match': '"x"', 'if-none-match': '"abc-2"' }, 'PreconditionFailed'],
  ])('reading with %j: %s', (headers, expected) => {
    expect(outcome(() => judgeReadConditions(HeaderMap.of(headers), object))).toBe(expected);
  });

  it('of a copy fail instead of answering 304', () => {
    const judge = (name: string, value: string) =>
      outcome(() => judgeCopyConditions(HeaderMap.of({ [name]: value }), object));
    expect(judge('x-amz-copy-source-if-none-match', '"abc-2"')).toBe('PreconditionFailed');
    expect(judge('x-amz-copy-source-if-modified-since', same)).toBe('PreconditionFailed');
    expect(judge('x-amz-copy-source-if-match', '"abc-2"')).toBeUndefined();
    expect(judge('if-match', '"x"')).toBeUndefined();
  });

  it.each<[Record<string, string>, boolean, S3ErrorCode | undefined]>([
    [{ 'if-none-match': '*' }, false, undefined],
    [{ 'if-none-match': '*' }, true, 'PreconditionFailed'],
    [{ 'if-none-match': '"x"' }, false, 'NotImplemented'],
    [{ 'if-match': '"abc-2"' }, true, undefined],
    [{ 'if-match': '"x"' }, true, 'PreconditionFailed'],
    [{ 'if-match': '"abc-2"' }, false, 'NoSuchKey'],
  ])('writing with %j over an object (%s): %s', (headers, exists, expected) => {
    const map = HeaderMap.of(headers);
    expect(hasWriteConditions(map)).toBe(true);
    expect(outcome(() => judgeWriteConditions(map, exists ? object : undefined))).toBe(expected);
  });
});

describe('names', () => {
  it.each([
    ['', {}],
    ['/', {}],
    ['/job-1', { bucket: 'job-1' }],
    ['/job-1/', { bucket: 'job-1' }],
    ['/job-1/run/a%20b%2Bc/%C3%A9~%281%29%2541.txt', { bucket: 'job-1', key: 'run/a b+c/é~(1)%41.txt' }],
    ['/job-1/a..b', { bucket: 'job-1', key: 'a..b' }],
    ['/job-1//a//', { bucket: 'job-1', key: '/a//' }],
    ['/job-1/a%2Fb', { bucket: 'job-1', key: 'a/b' }],
    ['/job-1/a+b', { bucket: 'job-1', key: 'a+b' }],
    ['/job-1/%252e%252e/x', { bucket: 'job-1', key: '%2e%2e/x' }],
    ['/../x', 'InvalidBucketName'],
    ['/a%2Fb/x', 'InvalidBucketName'],
    ['//x', 'InvalidBucketName'],
    ['/job-1/../x', 'InvalidArgument'],
    ['/job-1/a/%2e%2E/x', 'InvalidArgument'],
    ['/job-1/..%2fx', 'InvalidArgument'],
    ['/job-1/.', 'InvalidArgument'],
    ['/job-1/a%00', 'InvalidArgument'],
    ['/job-1/a%0a', 'InvalidArgument'],
    ['/job-1/a%C2%85', 'InvalidArgument'],
    ['/job-1/a%5Cb', 'InvalidArgument'],
    ['/job-1/a%EF%BF%BF', 'InvalidArgument'],
    ['/job-1/a%', 'InvalidURI'],
    ['/job-1/a%4', 'InvalidURI'],
    ['/job-1/a%zz', 'InvalidURI'],
    ['/job-1/%c0%ae%c0%ae/x', 'InvalidURI'],
    ['/job-1/%ed%a0%80', 'InvalidURI'],
    ['/job-1/\u00e9', 'InvalidURI'],
    [`/job-1/${'%C3%A9'.repeat(512)}`, { bucket: 'job-1', key: 'é'.repeat(512) }],
    [`/job-1/${'a'.repeat(1_025)}`, 'KeyTooLongError'],
    [`/job-1/${'%C3%A9'.repeat(513)}`, 'KeyTooLongError'],
    [`/${'b'.repeat(256)}`, 'InvalidBucketName'],
  ])('%s', (path, expected) => {
    expect(outcome(() => parseTarget(path))).toEqual(expected);
  });

  it('decode exactly what was encoded, and never throw anything but an S3Error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 50 }), (key) => {
        const allowed = outcome(() => checkKey(key));
        expect(outcome(() => parseTarget(`/b/${encodeUri(key)}`).key)).toBe(allowed);
      }),
    );
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (path) => void outcome(() => parseTarget(path))));
  });

  it.each([
    ['/job-1/a%20b', { bucket: 'job-1', key: 'a b' }],
    ['job-1/a?versionId=null', { bucket: 'job-1', key: 'a' }],
    ['job-1%2Fa%2Fb', { bucket: 'job-1', key: 'a/b' }],
    ['job-1/a?versionId=3', 'NotImplemented'],
    ['job-1', 'InvalidArgument'],
    ['/job-1/../a', 'InvalidArgument'],
  ])('copy source %s', (header, expected) => {
    expect(outcome(() => parseCopySource(header))).toEqual(expected);
  });
});

describe('metadata', () => {
  it('keeps what belongs to the object and drops the framing', () => {
    const headers = HeaderMap.of({
      'content-type': 'image/png',
      'content-encoding': 'gzip,aws-chunked',
      'cache-control': 'no-cache',
      'x-amz-meta-a': ['1', '2'],
      'x-amz-meta-__proto__': 'x',
      'x-amz-date': 'now',
    });
    const metadata = readObjectMetadata(headers);
    expect(metadata.headers).toEqual({
      'content-type': 'image/png',
      'content-encoding': 'gzip',
      'cache-control': 'no-cache',
    });
    expect(Object.entries(metadata.user)).toEqual([
      ['a', '1,2'],
      ['__proto__', 'x'],
    ]);
    expect(readObjectMetadata(HeaderMap.of({ 'content-encoding': 'aws-chunked' })).headers).toEqual({});
  });

  it('is limited to 2 KiB', () => {
    const read = (bytes: number) =>
      outcome(() => readObjectMetadata(HeaderMap.of({ 'x-amz-meta-a': 'x'.repeat(bytes) })).user.a?.length);
    expect(read(2_047)).toBe(2_047);
    expect(read(2_048)).toBe('MetadataTooLarge');
  });

  it('reads directive and overrides', () => {
    const directive = (value: string) =>
      outcome(() => readMetadataDirective(HeaderMap.of({ 'x-amz-metadata-directive': value })));
    expect([directive('REPLACE'), directive('COPY'), directive('MERGE')]).toEqual([
      'REPLACE',
      'COPY',
      'InvalidArgument',
    ]);
    expect(
      readResponseOverrides(
        new Map([
          ['response-content-type', 'a/b'],
          ['x-id', 'GetObject'],
        ]),
      ),
    ).toEqual({ 'content-type': 'a/b' });
    const broken = new Map([['response-content-disposition', 'a\r\nset-cookie: b']]);
    expect(outcome(() => readResponseOverrides(broken))).toBe('InvalidArgument');
  });
});
