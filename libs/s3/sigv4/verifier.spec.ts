import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { S3Error, type S3ErrorCode } from '../errors.js';
import { HeaderMap, splitTarget, type S3Request } from '../request.js';
import { encodeUri } from '../uri.js';
import { UNSIGNED_PAYLOAD, sha256Hex, type SignedTarget } from './canonical.js';
import { parseSignatureClaim } from './claim.js';
import { presign, signRequest } from './signer.js';
import { SignatureVerifier, type ChunkSigning, type VerifyOptions } from './verifier.js';

const credentials = { accessKeyId: 'STUABC', secretAccessKey: 'a secret', region: 'eu-west-7' };
const at = Date.UTC(2026, 10, 23, 12);
const verifier = new SignatureVerifier();

interface Wire {
  method: string;
  target: string;
  headers: Record<string, string>;
}

function signed(
  path = '/api/job-1/a%20b',
  rawQuery = '',
  extra: Record<string, string> = {},
  payloadHash = UNSIGNED_PAYLOAD,
): Wire {
  const headers = signRequest(
    { method: 'PUT', rawPath: path, rawQuery, headers: { host: 'home:8001', ...extra }, payloadHash },
    credentials,
    at,
  );
  return { method: 'PUT', target: rawQuery ? `${path}?${rawQuery}` : path, headers };
}

function request(wire: Wire): S3Request {
  return { method: wire.method, ...splitTarget(wire.target), headers: HeaderMap.of(wire.headers) };
}

function verify(wire: Wire, options: Partial<VerifyOptions> = {}): ChunkSigning {
  const read = request(wire);
  const claim = parseSignatureClaim(read);
  if (!claim) throw new S3Error('AccessDenied', 'no claim');
  // The signature does not cover the access key: it only tells which secret to take.
  if (claim.accessKeyId !== credentials.accessKeyId) throw new S3Error('InvalidAccessKeyId', 'unknown');
  return verifier.verify(claim, read, {
    secretAccessKey: credentials.secretAccessKey,
    nowMs: at,
    targets: [{ rawPath: read.rawPath, host: read.headers.single('host') ?? '' }],
    ...options,
  });
}

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

const word = fc.string({ minLength: 1, maxLength: 12 });
const wires = fc
  .record({
    segments: fc.array(word, { minLength: 1, maxLength: 3 }),
    query: fc.dictionary(word, fc.string({ maxLength: 8 }), { maxKeys: 3 }),
    note: fc.stringMatching(/^[!-~]{1,20}$/),
    hash: fc.constantFrom(UNSIGNED_PAYLOAD, sha256Hex('x'), 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'),
  })
  .map(({ segments, query, note, hash }) => {
    const rawQuery = Object.entries(query).map(([name, value]) => `${encodeUri(name)}=${encodeUri(value)}`);
    const path = `/${segments.map((segment) => encodeUri(segment)).join('/')}`;
    return signed(path, rawQuery.join('&'), { 'x-amz-meta-note': note }, hash);
  });

/** Replaces one character by another printable one. */
function change(text: string, where: number, by: number): string {
  const index = where % text.length;
  const old = text.charCodeAt(index);
  const next = 33 + ((old - 33 + 1 + (by % 93)) % 94);
  return text.slice(0, index) + String.fromCharCode(next) + text.slice(index + 1);
}

describe('signer and verifier', () => {
  it('agree on any request', () => {
    fc.assert(
      fc.property(wires, (wire) => {
        expect(verify(wire).seedSignature).toMatch(/^[0-9a-f]{64}$/);
      }),
    );
  });

  it('disagree as soon as one byte differs anywhere in request line or headers', () => {
    const anywhere = fc.record({ wire: wires, part: fc.nat(), where: fc.nat(), by: fc.nat() });
    fc.assert(
      fc.property(anywhere, ({ wire, part, where, by }) => {
        const names = Object.keys(wire.headers);
        const index = part % (names.length + 2);
        const changed = { ...wire, headers: { ...wire.headers } };
        const name = names[index - 2];
        if (index === 0) changed.method = change(wire.method, where, by);
        else if (index === 1) changed.target = `/${change(wire.target.slice(1), where, by)}`;
        else if (name !== undefined) changed.headers[name] = change(wire.headers[name] ?? '', where, by);
        // The parts of a query may change places, and a bare `?` or `&` says nothing: those are the same request.
        fc.pre(canonicalForm(changed) !== canonicalForm(wire));
        expect(refusal(() => verify(changed))).toBeInstanceOf(S3Error);
      }),
      { numRuns: 500 },
    );
  });

  it('never fail otherwise than with an S3Error', () => {
    const text = fc.string({ unit: 'binary-ascii', maxLength: 200 });
    const authorization = fc.oneof(
      text.map((rest) => `AWS4-HMAC-SHA256 ${rest}`),
      fc
        .tuple(text, text, text)
        .map(([a, b, c]) => `AWS4-HMAC-SHA256 Credential=${a},SignedHeaders=${b},Signature=${c}`),
    );
    fc.assert(
      fc.property(authorization, text, text, (header, date, query) => {
        const headers = { authorization: header, 'x-amz-date': date, 'x-amz-content-sha256': 'x', host: 'h' };
        expect(refusal(() => verify({ method: 'GET', target: `/?${query}`, headers }))).toBeInstanceOf(S3Error);
      }),
    );
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom('Algorithm', 'Credential', 'Date', 'Expires', 'Signature'), text),
        (query) => {
          const pairs = Object.entries(query).map(([name, value]) => `X-Amz-${name}=${value}`);
          const target = `/?X-Amz-Algorithm=AWS4-HMAC-SHA256&${pairs.join('&')}`;
          expect(refusal(() => verify({ method: 'GET', target, headers: {} }))).toBeInstanceOf(S3Error);
        },
      ),
    );
  });
});

/** What is signed, so that a change which leaves it alone can be left out. */
function canonicalForm(wire: Wire): string {
  const { rawPath, rawQuery } = splitTarget(wire.target);
  const pairs = rawQuery.split('&').filter((pair) => pair !== '');
  const query = pairs.map((pair) => (pair.includes('=') ? pair : `${pair}=`)).sort();
  return JSON.stringify([wire.method, rawPath, query, wire.headers]);
}

describe('SignatureVerifier', () => {
  it('tries every target it is given, as behind a proxy and for s3cmd', () => {
    const wire = signed('/job-1/key');
    wire.target = '/api/cloud/storage/job-1/key';
    wire.headers.host = 'inside';
    const targets: SignedTarget[] = [
      { rawPath: '/api/cloud/storage/job-1/key', host: 'inside' },
      { rawPath: '/job-1/key', host: 'home:8001' },
    ];
    expect(() => verify(wire, { targets })).not.toThrow();
    expect(code(() => verify(wire, { targets: targets.slice(0, 1) }))).toBe('SignatureDoesNotMatch');
    expect(code(() => verify(wire, { targets: [] }))).toBe('SignatureDoesNotMatch');
  });

  it('refuses another secret', () => {
    expect(code(() => verify(signed(), { secretAccessKey: 'a secreT' }))).toBe('SignatureDoesNotMatch');
  });

  it('tolerates fifteen minutes between the clocks, no more, and tells its own time', () => {
    const quarter = 15 * 60_000;
    expect(() => verify(signed(), { nowMs: at + quarter })).not.toThrow();
    expect(() => verify(signed(), { nowMs: at - quarter })).not.toThrow();
    const late = refusal(() => verify(signed(), { nowMs: at + quarter + 1 }));
    expect(late.code).toBe('RequestTimeTooSkewed');
    expect(late.status).toBe(403);
    expect(late.extra.ServerTime).toBe('2026-11-23T12:15:00.001Z');
    expect(code(() => verify(signed(), { nowMs: at - quarter - 1 }))).toBe('RequestTimeTooSkewed');
  });

  it('refuses an x-amz-* header that was planted, but not what CloudFront adds', () => {
    const wire = signed();
    wire.headers['x-amz-cf-id'] = 'abc';
    expect(() => verify(wire)).not.toThrow();
    wire.headers['x-amz-copy-source'] = '/other/key';
    expect(refusal(() => verify(wire)).extra).toEqual({ HeadersNotSigned: 'x-amz-copy-source' });
  });

  it('signs repeated headers joined, and values without needless white space', () => {
    const wire = signed('/k', '', { 'x-amz-meta-a': 'one,two words' });
    const headers = HeaderMap.fromRaw([
      ...Object.entries(wire.headers)
        .filter(([name]) => name !== 'x-amz-meta-a')
        .flat(),
      'X-Amz-Meta-A',
      ' one ',
      'x-amz-meta-a',
      'two   words',
    ]);
    const read = { method: 'PUT', rawPath: '/k', rawQuery: '', headers };
    const claim = parseSignatureClaim(read);
    if (!claim) throw new Error('no claim');
    const { secretAccessKey } = credentials;
    const targets = [{ rawPath: '/k', host: 'home:8001' }];
    expect(() => verifier.verify(claim, read, { secretAccessKey, nowMs: at, targets })).not.toThrow();
  });
});

describe('presigned URLs', () => {
  const url = (expiresSeconds: number, query: Record<string, string> = {}): Wire => {
    const link = presign(
      { method: 'GET', origin: 'https://home:443', rawPath: '/p/job-1/a%20b', query, expiresSeconds },
      credentials,
      at,
    );
    expect(link.startsWith('https://home/p/job-1/a%20b?')).toBe(true);
    return { method: 'GET', target: link.slice('https://home'.length), headers: { host: 'home' } };
  };

  it('work until they expire', () => {
    const wire = url(3600, { 'response-content-disposition': 'attachment; filename="é 1.txt"' });
    expect(() => verify(wire, { nowMs: at + 3_600_000 })).not.toThrow();
    const late = refusal(() => verify(wire, { nowMs: at + 3_600_001 }));
    expect(late).toMatchObject({ code: 'AccessDenied', message: 'Request has expired' });
    expect(late.extra.ServerTime).toBe('2026-11-23T13:00:00.001Z');
    expect(code(() => verify(wire, { nowMs: at - 3_600_000 }))).toBe('RequestTimeTooSkewed');
  });

  it('live seven days at most, or shorter when the caller says so', () => {
    expect(() => verify(url(604_800))).not.toThrow();
    expect(code(() => verify(url(604_801)))).toBe('AuthorizationQueryParametersError');
    expect(code(() => verify(url(3601), { expiresSecondsMax: 3600 }))).toBe('AuthorizationQueryParametersError');
    expect(code(() => verify(url(0)))).toBe('AuthorizationQueryParametersError');
  });

  it('allow only what was signed', () => {
    const wire = url(60);
    expect(code(() => verify({ ...wire, method: 'DELETE' }))).toBe('SignatureDoesNotMatch');
    expect(code(() => verify({ ...wire, target: `${wire.target}&uploadId=1` }))).toBe('SignatureDoesNotMatch');
    expect(code(() => verify({ ...wire, target: `${wire.target}&X-Amz-Expires=90` }))).toBe(
      'AuthorizationQueryParametersError',
    );
    const planted = { ...wire, headers: { ...wire.headers, 'x-amz-copy-source': '/a/b' } };
    expect(code(() => verify(planted))).toBe('AccessDenied');
  });
});
