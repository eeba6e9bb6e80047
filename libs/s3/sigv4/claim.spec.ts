import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { S3Error, type S3ErrorCode } from '../errors.js';
import { HeaderMap, splitTarget } from '../request.js';
import { UNSIGNED_PAYLOAD } from './canonical.js';
import { parseSignatureClaim, type SignatureClaim } from './claim.js';
import { signRequest } from './signer.js';

function refusal(work: () => unknown): S3Error {
  try {
    work();
  } catch (error) {
    if (error instanceof S3Error) return error;
    throw error;
  }
  throw new Error('was accepted');
}

const code = (work: () => unknown): S3ErrorCode => refusal(work).code;

describe('parseSignatureClaim', () => {
  const read = (target: string, headers: Record<string, string | string[]>): unknown =>
    parseSignatureClaim({ method: 'GET', ...splitTarget(target), headers: HeaderMap.of(headers) });
  const good: Record<string, string> = signRequest(
    { method: 'GET', rawPath: '/', headers: { host: 'home' }, payloadHash: UNSIGNED_PAYLOAD },
    { accessKeyId: 'STUABC', secretAccessKey: 'a secret', region: 'us-east-1' },
    Date.UTC(2026, 10, 23, 12),
  );

  it('leaves other credentials to the caller', () => {
    expect(read('/', {})).toBeUndefined();
    expect(read('/', { authorization: 'Bearer abc' })).toBeUndefined();
  });

  it('names the old signatures as such', () => {
    expect(code(() => read('/?AWSAccessKeyId=a&Signature=b&Expires=1', {}))).toBe('InvalidRequest');
    expect(refusal(() => read('/', { authorization: 'AWS a:b' })).message).toContain('AWS4-HMAC-SHA256');
  });

  it.each<[string, Record<string, string | string[]>, S3ErrorCode]>([
    ['two mechanisms', { authorization: good.authorization ?? '' }, 'InvalidArgument'],
  ])('refuses %s', (_what, headers, expected) => {
    expect(code(() => read('/?X-Amz-Algorithm=AWS4-HMAC-SHA256', headers))).toBe(expected);
  });

  it.each<[string, Record<string, string | string[]>, S3ErrorCode]>([
    ['two Authorization headers', { authorization: [good.authorization ?? '', 'Bearer x'] }, 'InvalidArgument'],
    ['two dates', { 'x-amz-date': ['20261123T120000Z', '20261123T120000Z'] }, 'InvalidArgument'],
    ['an impossible date', { 'x-amz-date': '20260230T120000Z' }, 'AccessDenied'],
    ['another day than in the scope', { 'x-amz-date': '20261122T120000Z' }, 'AuthorizationHeaderMalformed'],
  ])('refuses %s', (_what, headers, expected) => {
    expect(code(() => read('/', { ...good, ...headers }))).toBe(expected);
  });

  it('needs the payload hash', () => {
    const { 'x-amz-content-sha256': _hash, ...headers } = good;
    expect(code(() => read('/', headers))).toBe('InvalidRequest');
  });

  it.each([
    ['another service', 's3/', 'iam/'],
    ['a missing signature', /, Signature=.*/, ''],
    ['an upper-case signature', /Signature=.*/, `Signature=${'A'.repeat(64)}`],
    ['an unsigned host', 'host;', ''],
    ['a repeated field', 'Credential=', 'Signature=0, Credential='],
  ])('refuses %s', (_what, from, to) => {
    const authorization = (good.authorization ?? '').replace(from, to);
    expect(code(() => read('/', { ...good, authorization }))).toBe('AuthorizationHeaderMalformed');
  });

  it('is a claim of the promised form or an S3Error, whatever the headers and the query', () => {
    const { authorization = '', 'x-amz-date': date = '' } = good;
    const mended = (text: string) =>
      fc
        .record({ at: fc.nat({ max: text.length }), remove: fc.nat({ max: 8 }), insert: fc.string({ maxLength: 8 }) })
        .map(({ at, remove, insert }) => text.slice(0, at) + insert + text.slice(at + remove));
    const twice = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { minLength: 1, maxLength: 2 });
    const headers = fc.record(
      { authorization: twice(mended(authorization)), 'x-amz-date': twice(mended(date)), host: fc.constant('home') },
      { requiredKeys: [] },
    );
    const query = fc.array(
      fc.tuple(
        fc.constantFrom('Algorithm', 'Credential', 'Date', 'Expires', 'SignedHeaders', 'Signature', 'Security-Token'),
        fc.oneof(
          fc.constantFrom(
            'AWS4-HMAC-SHA256',
            'STUABC/20261123/us-east-1/s3/aws4_request',
            date,
            '60',
            'host',
            'a'.repeat(64),
          ),
          fc.string({ maxLength: 20 }),
        ),
      ),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(headers, query, (given, pairs) => {
        const target = `/?${pairs.map(([name, value]) => `X-Amz-${name}=${value}`).join('&')}`;
        try {
          const claim = read(target, { 'x-amz-content-sha256': UNSIGNED_PAYLOAD, ...given }) as
            SignatureClaim | undefined;
          if (!claim) return;
          expect(claim.signature).toMatch(/^[0-9a-f]{64}$/);
          expect(claim.accessKeyId).toMatch(/^[^/\s]+$/);
          expect(claim.signedHeaders).toContain('host');
          expect(Number.isSafeInteger(claim.timestampMs)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(S3Error);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
