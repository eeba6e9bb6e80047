import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { S3Error, type S3ErrorCode } from '../errors.js';
import { HashPool } from '../hashing/hash-pool.js';
import { describePayload } from '../payload/payload.js';
import { HeaderMap } from '../request.js';
import { digestsToCompute, readExpectedDigests, verifyDigests, type Checksum } from './expected.js';
import { combineChecksum, multipartEtag, readMultipartChecksum, verifyCombinedChecksum } from './multipart.js';

type Headers = Record<string, string>;

async function judge(
  headers: Headers,
  body: string,
  trailers: Headers = {},
  hash = headers['x-amz-trailer'] ? 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' : 'UNSIGNED-PAYLOAD',
): Promise<Checksum | S3ErrorCode | undefined> {
  try {
    const map = HeaderMap.of({ 'x-amz-decoded-content-length': String(body.length), ...headers });
    const expected = readExpectedDigests(map, describePayload(map, hash));
    const digests = await HashPool.digestInline(digestsToCompute(expected), [Buffer.from(body)]);
    return verifyDigests(expected, digests, new Map(Object.entries(trailers)));
  } catch (error) {
    if (error instanceof S3Error) return error.code;
    throw error;
  }
}

const values = {
  crc32: 'y/Q5Jg==',
  crc32c: '4waSgw==',
  crc64nvme: 'rosUhgp5mIg=',
  sha1: '98O8HYCOBHMq32eZZczDTKeuNEE=',
  sha256: 'FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=',
};
const body = '123456789';

describe('expected digests', () => {
  it.each(Object.entries(values))('verify %s from a header and from a trailer', async (algorithm, value) => {
    const name = `x-amz-checksum-${algorithm}`;
    const stored = { algorithm, type: 'FULL_OBJECT', value };
    expect(await judge({ [name]: value }, body)).toEqual(stored);
    expect(await judge({ [name]: value }, '12345678X')).toBe('BadDigest');
    expect(await judge({ 'x-amz-trailer': name }, body, { [name]: value })).toEqual(stored);
    expect(await judge({ 'x-amz-trailer': name }, '12345678X', { [name]: value })).toBe('BadDigest');
    expect(await judge({ 'x-amz-trailer': name }, body, { [name]: 'AA' })).toBe('InvalidDigest');
    expect(await judge({ [name]: value.replace('=', '') }, body)).toBe('InvalidDigest');
  });

  it('verify Content-MD5 and the signed hash', async () => {
    expect(await judge({ 'content-md5': 'JfnnlDI7RTiF9RgfG2JNCw==' }, body)).toBeUndefined();
    expect(await judge({ 'content-md5': 'JfnnlDI7RTiF9RgfG2JNCw==' }, '1')).toBe('BadDigest');
    expect(await judge({ 'content-md5': 'JfnnlDI7RTiF9RgfG2JN' }, body)).toBe('InvalidDigest');
    const sha256 = createHash('sha256').update(body).digest('hex');
    expect(await judge({}, body, {}, sha256)).toBeUndefined();
    expect(await judge({}, '1', {}, sha256)).toBe('XAmzContentSHA256Mismatch');
  });

  it('refuse what they could not verify', async () => {
    expect(await judge({ 'x-amz-checksum-crc32': values.crc32, 'x-amz-checksum-sha1': values.sha1 }, body)).toBe(
      'InvalidRequest',
    );
    expect(await judge({ 'x-amz-checksum-sha999': 'AA==' }, body)).toBe('NotImplemented');
    expect(await judge({ 'x-amz-trailer': 'x-amz-meta-a' }, body)).toBe('NotImplemented');
    expect(await judge({ 'x-amz-trailer': 'x-amz-checksum-crc32', 'x-amz-checksum-crc32': values.crc32 }, body)).toBe(
      'InvalidRequest',
    );
  });

  it('compute the algorithm that was only named, and the one an upload settled on', async () => {
    expect(await judge({ 'x-amz-sdk-checksum-algorithm': 'CRC32' }, body)).toMatchObject({ value: values.crc32 });
    expect(await judge({ 'x-amz-checksum-mode': 'ENABLED' }, body)).toBeUndefined();
    expect(digestsToCompute({}, 'crc64nvme')).toEqual(['md5', 'sha256', 'crc64nvme']);
  });
});

describe('multipart checksums', () => {
  it('of full objects equal the checksum of the whole', async () => {
    const parts = fc.array(fc.uint8Array({ maxLength: 200 }), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(parts, fc.constantFrom('crc32', 'crc32c', 'crc64nvme'), async (bodies, algorithm) => {
        const digestOf = async (pieces: Uint8Array[]): Promise<Buffer> =>
          (await HashPool.digestInline([algorithm], pieces))[algorithm] ?? Buffer.alloc(0);
        const digests = await Promise.all(
          bodies.map(async (one) => ({ digest: await digestOf([one]), bytes: one.length })),
        );
        const combined = await combineChecksum({ algorithm, type: 'FULL_OBJECT' }, digests);
        expect(combined.value).toBe((await digestOf(bodies)).toString('base64'));
      }),
    );
  });

  it('of composites hash the digests of the parts', async () => {
    const digest = createHash('sha256').update('a').digest();
    const combined = await combineChecksum({ algorithm: 'sha256', type: 'COMPOSITE' }, [
      { digest, bytes: 1 },
      { digest, bytes: 1 },
    ]);
    const whole = createHash('sha256').update(digest).update(digest).digest('base64');
    expect(combined).toEqual({ algorithm: 'sha256', type: 'COMPOSITE', value: `${whole}-2` });
    const stated = (value: string) => () =>
      verifyCombinedChecksum(HeaderMap.of({ 'x-amz-checksum-sha256': value }), combined);
    expect(stated(`${whole}-2`)).not.toThrow();
    expect(stated(whole)).not.toThrow();
    expect(stated(`${whole}-3`)).toThrow(expect.objectContaining({ code: 'BadDigest' }) as Error);
    expect(stated('nonsense')).toThrow(expect.objectContaining({ code: 'InvalidDigest' }) as Error);
  });

  it.each([
    ['CRC32', undefined, { algorithm: 'crc32', type: 'COMPOSITE' }],
    ['CRC32C', 'FULL_OBJECT', { algorithm: 'crc32c', type: 'FULL_OBJECT' }],
    ['CRC64NVME', undefined, { algorithm: 'crc64nvme', type: 'FULL_OBJECT' }],
    ['SHA256', undefined, { algorithm: 'sha256', type: 'COMPOSITE' }],
    ['SHA1', 'FULL_OBJECT', 'InvalidRequest'],
    ['CRC64NVME', 'COMPOSITE', 'InvalidRequest'],
    ['CRC32', 'PARTIAL', 'InvalidRequest'],
    ['MD4', undefined, 'NotImplemented'],
    [undefined, 'COMPOSITE', 'InvalidRequest'],
    [undefined, undefined, undefined],
  ])('settle %s with %s as S3 does', (algorithm, type, expected) => {
    const headers = HeaderMap.of({
      ...(algorithm ? { 'x-amz-checksum-algorithm': algorithm } : {}),
      ...(type ? { 'x-amz-checksum-type': type } : {}),
    });
    const settle = () => readMultipartChecksum(headers);
    if (typeof expected === 'string') expect(settle).toThrow(expect.objectContaining({ code: expected }) as Error);
    else expect(settle()).toEqual(expected);
  });

  it('ETag of an upload is the MD5 of the MD5s', () => {
    const md5 = createHash('md5').update('a').digest();
    const expected = `${createHash('md5').update(md5).update(md5).digest('hex')}-2`;
    expect(multipartEtag([md5, md5.toString('hex')])).toBe(expected);
  });
});
