import { describe, expect, it } from 'vitest';
import { ChunkDecoder } from '../payload/chunk-decoder.js';
import { describePayload } from '../payload/payload.js';
import { HeaderMap, type S3Request } from '../request.js';
import { canonicalRequest, sha256Hex, stringToSign } from './canonical.js';
import { parseSignatureClaim } from './claim.js';
import { presign, signRequest, type RequestToSign } from './signer.js';
import { SignatureVerifier } from './verifier.js';

// The worked examples of the Amazon S3 API reference, "Authenticating Requests (AWS Signature Version 4)".
const credentials = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  region: 'us-east-1',
};
const at = Date.UTC(2013, 4, 24);
const host = 'examplebucket.s3.amazonaws.com';
const emptySha256 = sha256Hex('');

const signatureOf = (authorization: string): string => /Signature=(\w+)$/.exec(authorization)?.[1] ?? '';

function verify(request: S3Request): ReturnType<SignatureVerifier['verify']> {
  const claim = parseSignatureClaim(request);
  if (!claim) throw new Error('no claim');
  const targets = [{ rawPath: request.rawPath, host: request.headers.single('host') ?? '' }];
  return new SignatureVerifier().verify(claim, request, {
    secretAccessKey: credentials.secretAccessKey,
    nowMs: at,
    targets,
  });
}

const examples: { name: string; request: RequestToSign; signature: string }[] = [
  {
    name: 'GET Object with a range',
    request: { method: 'GET', rawPath: '/test.txt', headers: { host, range: 'bytes=0-9' }, payloadHash: emptySha256 },
    signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  },
  {
    name: 'PUT Object',
    request: {
      method: 'PUT',
      rawPath: '/test%24file.text',
      headers: { host, date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
      payloadHash: sha256Hex('Welcome to Amazon S3.'),
    },
    signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  },
  {
    name: 'GET Bucket lifecycle',
    request: { method: 'GET', rawPath: '/', rawQuery: 'lifecycle', headers: { host }, payloadHash: emptySha256 },
    signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  },
  {
    name: 'GET Bucket (list objects)',
    request: {
      method: 'GET',
      rawPath: '/',
      rawQuery: 'max-keys=2&prefix=J',
      headers: { host },
      payloadHash: emptySha256,
    },
    signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  },
];

describe('examples of the S3 API reference', () => {
  it.each(examples)('$name', ({ request, signature }) => {
    const headers = signRequest(request, credentials, at);
    expect(signatureOf(headers.authorization)).toBe(signature);
    expect(() =>
      verify({ ...request, rawQuery: request.rawQuery ?? '', headers: HeaderMap.of(headers) }),
    ).not.toThrow();
  });

  it('hashes the canonical request of the GET example as documented', () => {
    const headers = HeaderMap.of({
      host,
      range: 'bytes=0-9',
      'x-amz-content-sha256': emptySha256,
      'x-amz-date': '20130524T000000Z',
    });
    const request = { method: 'GET', rawPath: '/test.txt', rawQuery: '', headers };
    const names = ['host', 'range', 'x-amz-content-sha256', 'x-amz-date'];
    const canonical = canonicalRequest(request, { rawPath: '/test.txt', host }, names, emptySha256);
    expect(stringToSign('20130524T000000Z', { day: '20130524', region: 'us-east-1' }, canonical)).toBe(
      'AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n' +
        '7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972',
    );
  });

  it('presigned GET', () => {
    const url = presign(
      { method: 'GET', origin: `https://${host}`, rawPath: '/test.txt', expiresSeconds: 86_400 },
      credentials,
      at,
    );
    expect(url).toContain('X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404');
  });

  it('PUT Object in signed chunks', () => {
    const headers = HeaderMap.of(
      signRequest(
        {
          method: 'PUT',
          rawPath: '/examplebucket/chunkObject.txt',
          headers: {
            host: 's3.amazonaws.com',
            'x-amz-storage-class': 'REDUCED_REDUNDANCY',
            'content-encoding': 'aws-chunked',
            'x-amz-decoded-content-length': '66560',
            'content-length': '66824',
          },
          payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
        },
        credentials,
        at,
      ),
    );
    const request = { method: 'PUT', rawPath: '/examplebucket/chunkObject.txt', rawQuery: '', headers };
    const signing = verify(request);
    expect(signing.seedSignature).toBe('4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9');
    const payload = describePayload(headers, 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD');
    expect(payload.decodedBytes).toBe(66_560);
    const decoder = new ChunkDecoder({ decodedBytes: 66_560, trailerNames: [], trailer: false, signing });
    const body =
      `10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n${'a'.repeat(65_536)}\r\n` +
      `400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n${'a'.repeat(1_024)}\r\n` +
      '0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n';
    expect(body).toHaveLength(66_824);
    const decoded = Buffer.concat(decoder.push(Buffer.from(body)));
    expect(decoded.equals(Buffer.alloc(66_560, 'a'))).toBe(true);
    expect(decoder.end().size).toBe(0);
  });

  it('PUT Object in signed chunks with a trailing checksum', () => {
    const headers = HeaderMap.of(
      signRequest(
        {
          method: 'PUT',
          rawPath: '/examplebucket/chunkObject.txt',
          headers: {
            host: 's3.amazonaws.com',
            'x-amz-storage-class': 'REDUCED_REDUNDANCY',
            'content-encoding': 'aws-chunked',
            'x-amz-decoded-content-length': '66560',
            'x-amz-trailer': 'x-amz-checksum-crc32c',
          },
          payloadHash: 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
        },
        credentials,
        at,
      ),
    );
    const signing = verify({ method: 'PUT', rawPath: '/examplebucket/chunkObject.txt', rawQuery: '', headers });
    expect(signing.seedSignature).toBe('106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e');
    const { trailerNames } = describePayload(headers, 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER');
    const decoder = new ChunkDecoder({ decodedBytes: 66_560, trailerNames, trailer: true, signing });
    // As documented: a bare line feed ends the value before the CRLF.
    decoder.push(
      Buffer.from(
        `10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n${'a'.repeat(65_536)}\r\n` +
          `400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n${'a'.repeat(1_024)}\r\n` +
          '0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n' +
          'x-amz-checksum-crc32c:sOO8/Q==\n\r\n' +
          'x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n',
      ),
    );
    expect([...decoder.end()]).toEqual([['x-amz-checksum-crc32c', 'sOO8/Q==']]);
  });
});
