import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import {
  CompleteMultipartUploadCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { SignatureV4 } from '@smithy/signature-v4';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ChunkDecoder,
  HashPool,
  HeaderMap,
  SignatureVerifier,
  describePayload,
  digestsToCompute,
  parseOperation,
  parseQuery,
  parseSignatureClaim,
  parseTarget,
  presign,
  readCompleteMultipartUpload,
  readExpectedDigests,
  splitTarget,
  verifyDigests,
  type Checksum,
  type S3Operation,
} from '../index.js';

const prefix = '/api/cloud/storage';
const credentials = { accessKeyId: 'STUABC', secretAccessKey: 'secret' };
const verifier = new SignatureVerifier();

interface Received {
  operation: S3Operation;
  body: Buffer;
  checksum: Checksum | undefined;
}

/** Does with a request of the real SDK what the storage server will do with it. */
async function receive(message: IncomingMessage): Promise<Received> {
  const headers = HeaderMap.fromRaw(message.rawHeaders);
  const request = { method: message.method ?? '', ...splitTarget(message.url ?? ''), headers };
  const claim = parseSignatureClaim(request);
  if (!claim) throw new Error('not signed');
  const target = parseTarget(request.rawPath.slice(prefix.length));
  const operation = parseOperation(request.method, target, parseQuery(request.rawQuery), headers);
  const signing = verifier.verify(claim, request, {
    secretAccessKey: credentials.secretAccessKey,
    nowMs: claim.timestampMs,
    targets: [{ rawPath: request.rawPath, host: headers.single('host') ?? '' }],
  });
  const payload = describePayload(headers, claim.payloadHash);
  const expected = readExpectedDigests(headers, payload);
  const raw: Buffer[] = [];
  for await (const piece of message) raw.push(piece as Buffer);
  if (payload.mode.kind !== 'chunked') {
    const checksum = verifyDigests(expected, await HashPool.digestInline(digestsToCompute(expected), raw));
    return { operation, body: Buffer.concat(raw), checksum };
  }
  const { signed, trailer } = payload.mode;
  const { decodedBytes = 0, trailerNames } = payload;
  const decoder = new ChunkDecoder({ decodedBytes, trailerNames, trailer, signing: signed ? signing : undefined });
  const pieces = raw.flatMap((piece) => decoder.push(piece));
  const digests = await HashPool.digestInline(digestsToCompute(expected), pieces);
  return { operation, body: Buffer.concat(pieces), checksum: verifyDigests(expected, digests, decoder.end()) };
}

describe('requests of the AWS SDK for JavaScript', () => {
  let server: Server;
  let client: S3Client;
  let origin: string;
  let received: Received | undefined;
  let failure: unknown;

  beforeAll(async () => {
    server = createServer((message, response) => {
      failure = undefined;
      received = undefined;
      receive(message).then(
        (result) => {
          received = result;
          response.setHeader('etag', '"0"').end();
        },
        (error: unknown) => {
          failure = error;
          response.statusCode = 400;
          response.end();
        },
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    origin = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    client = new S3Client({
      endpoint: origin + prefix,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials,
      maxAttempts: 1,
    });
  });

  afterAll(() => {
    client.destroy();
    server.close();
  });

  const Bucket = 'job-1';
  const oddKey = 'run/a b+c/é~(1)%41 \u{1f600}.txt';

  it('puts a buffer under an odd key: signed hash and CRC32 header', async () => {
    await client.send(
      new PutObjectCommand({ Bucket, Key: oddKey, Body: Buffer.from('hello'), Metadata: { a: 'b  c' } }),
    );
    expect(failure).toBeUndefined();
    expect(received?.operation).toEqual({ name: 'PutObject', bucket: Bucket, key: oddKey });
    expect(received?.body.toString()).toBe('hello');
    expect(received?.checksum).toEqual({ algorithm: 'crc32', type: 'FULL_OBJECT', value: 'NhCmhg==' });
  });

  it.each(['CRC32', 'CRC32C', 'CRC64NVME', 'SHA1', 'SHA256'] as const)(
    'puts a stream: aws-chunked with a trailing %s',
    async (ChecksumAlgorithm) => {
      const Body = Readable.from([Buffer.alloc(70_000, 1), Buffer.alloc(5, 2)]);
      await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body, ContentLength: 70_005, ChecksumAlgorithm }));
      expect(failure).toBeUndefined();
      expect(received?.body.equals(Buffer.concat([Buffer.alloc(70_000, 1), Buffer.alloc(5, 2)]))).toBe(true);
      expect(received?.checksum?.algorithm).toBe(ChecksumAlgorithm.toLowerCase());
    },
  );

  it('uploads a part, completes, lists and gets', async () => {
    await client.send(new UploadPartCommand({ Bucket, Key: 'k', UploadId: 'u/1+=', PartNumber: 7, Body: 'x' }));
    expect(received?.operation).toEqual({
      name: 'UploadPart',
      bucket: Bucket,
      key: 'k',
      uploadId: 'u/1+=',
      partNumber: 7,
    });
    const Parts = [{ PartNumber: 7, ETag: '"ab"', ChecksumCRC32: 'NhCmhg==' }];
    const complete = { Bucket, Key: 'k', UploadId: 'u', MultipartUpload: { Parts }, MpuObjectSize: 5 };
    // The empty answer is no CompleteMultipartUploadResult, which is of no interest here.
    await client.send(new CompleteMultipartUploadCommand(complete)).catch(() => undefined);
    expect(received?.operation).toMatchObject({ name: 'CompleteMultipartUpload', uploadId: 'u', objectBytes: 5 });
    expect(readCompleteMultipartUpload(received?.body ?? Buffer.alloc(0))).toEqual([
      { partNumber: 7, etag: 'ab', checksums: { crc32: Buffer.from('NhCmhg==', 'base64') } },
    ]);
    await client
      .send(new ListObjectsV2Command({ Bucket, Prefix: 'a/ü', Delimiter: '/', MaxKeys: 9 }))
      .catch(() => undefined);
    expect(received?.operation).toMatchObject({
      name: 'ListObjects',
      parameters: { prefix: 'a/ü', delimiter: '/', maxKeys: 9 },
    });
    const get = { Bucket, Key: oddKey, Range: 'bytes=0-1', ResponseContentType: 'a/b' };
    await client.send(new GetObjectCommand(get)).catch(() => undefined);
    expect(received?.operation).toMatchObject({ name: 'GetObject', key: oddKey, overrides: { 'content-type': 'a/b' } });
  });

  it('accepts what the SDK presigns, and presigns what the SDK would', async () => {
    class Sha256 {
      private readonly data: Uint8Array[] = [];
      constructor(private readonly key?: Uint8Array) {}
      update(bytes: Uint8Array): void {
        this.data.push(bytes);
      }
      async digest(): Promise<Uint8Array> {
        const { createHash, createHmac } = await import('node:crypto');
        const hash = this.key ? createHmac('sha256', this.key) : createHash('sha256');
        return hash.update(Buffer.concat(this.data)).digest();
      }
    }
    const signer = new SignatureV4({
      credentials,
      region: 'us-east-1',
      service: 's3',
      uriEscapePath: false,
      applyChecksum: false,
      sha256: Sha256 as never,
    });
    const rawPath = `${prefix}/job-1/a%20b`;
    const { host, hostname } = new URL(origin);
    const headers = { host, 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' };
    const query = { 'response-content-type': 'text/plain; a' };
    const request = { method: 'GET', protocol: 'http:', hostname, path: rawPath, headers, query };
    const signingDate = new Date(Date.UTC(2026, 10, 23));
    const hash = new Set(['x-amz-content-sha256']);
    const plain = await signer.presign(request, {
      expiresIn: 60,
      signingDate,
      unsignableHeaders: hash,
      unhoistableHeaders: hash,
    });
    const url = new URL(
      presign(
        { method: 'GET', origin, rawPath, query: { 'response-content-type': 'text/plain; a' }, expiresSeconds: 60 },
        { ...credentials, region: 'us-east-1' },
        signingDate.getTime(),
      ),
    );
    const answer = await fetch(url);
    expect(answer.status).toBe(200);
    expect(received?.operation).toMatchObject({ name: 'GetObject', key: 'a b' });
    expect(url.searchParams.get('X-Amz-Signature')).toBe(plain.query?.['X-Amz-Signature']);
    const hoisted = await signer.presign(request, { expiresIn: 60, signingDate });
    expect(hoisted.query).toHaveProperty('x-amz-content-sha256');
    const pairs = Object.entries(hoisted.query ?? {}).map(
      ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
    );
    expect((await fetch(`${origin}${rawPath}?${pairs.join('&')}`)).status).toBe(200);
  });
});
