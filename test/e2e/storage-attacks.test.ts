import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import Sqlite from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { presign } from '#libs/s3';
import { storageLimits } from '../../src/storage/storage.limits.js';
import { codeOf, RawS3, sha256, STORAGE_PREFIX as PREFIX, wire } from '../support/raw-s3.js';
import { ServerProcess } from '../support/server.js';
import { s3Client, startJob, type StorageJob } from '../support/storage-job.js';

const MIB = 1024 * 1024;
/** What a server may grow by while it is attacked: garbage that has not been collected yet, and no more. */
const GROWTH_BYTES_MAX = 128 * MIB;
const AT_ONCE = 16;

const flipped = (bytes: Buffer, at: number): Buffer => {
  const changed = Buffer.from(bytes);
  changed[at] = (bytes[at] ?? 0) ^ 1;
  return changed;
};

/** Every number below `count`, a few at a time. */
async function each(count: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
}

describe('S3 storage under attack, byte by byte', () => {
  let server: ServerProcess;
  let job: StorageJob;
  let s3: S3Client;
  let raw: RawS3;
  let rssBytes = 0;
  const stored: string[] = [];

  beforeAll(async () => {
    server = await ServerProcess.start();
    job = await startJob(server, { s3_max_object_bytes: 100 * MIB, s3_max_job_bytes: 400 * MIB });
    s3 = s3Client(job);
    raw = new RawS3(server, job);
    expect(await raw.send({ path: `/${job.jobId}/seed`, body: 'seed' })).toBe('200');
    stored.push('seed');
    rssBytes = residentBytes();
  });

  afterAll(() => server.dispose());

  const residentBytes = (): number =>
    Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) * 1024;
  const drafts = (): string[] => readdirSync(join(server.home, 'outputs', '.uploads'));
  const listed = async (): Promise<string[]> => {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: job.jobId }));
    return Contents.map(({ Key = '' }) => Key).sort();
  };

  it('refuses an upload that has one changed bit anywhere', async () => {
    const md5 = 'XrY7u+Ae7tCTyyK7j1rNww==';
    const headers = { 'content-md5': md5, 'content-type': 'text/plain', 'x-amz-meta-a': 'b' };
    const honest = Buffer.from(wire(raw.signed({ path: `/${job.jobId}/bit`, body: 'hello world', headers })));
    // The minor version of HTTP says nothing about the request.
    const harmless = honest.indexOf('HTTP/1.1') + 'HTTP/1.'.length;
    const taken: string[] = [];
    await each(honest.length, async (at) => {
      if (at === harmless) return;
      const answer = await raw.exchange(flipped(honest, at)).catch(() => 'HTTP/1.1 400 (closed)');
      if (!/^HTTP\/1\.1 (4\d\d|501)/.test(answer)) taken.push(`${at}: ${answer.slice(0, 200)}`);
    });
    expect(taken).toEqual([]);
    expect(await listed()).toEqual(stored);
    // The unchanged one is taken: it is the change that was refused.
    expect(codeOf(await raw.exchange(honest))).toBe('200');
    stored.push('bit');
    stored.sort();
  });

  it('refuses a link that has one changed bit anywhere', async () => {
    const url = presign(
      { method: 'GET', origin: server.ops, rawPath: `${PREFIX}/${job.jobId}/seed`, expiresSeconds: 600 },
      { ...job, region: 'us-east-1' },
      Date.now(),
    );
    const { host } = new URL(server.ops);
    const request = (target: Buffer): Buffer =>
      Buffer.concat([Buffer.from('GET '), target, Buffer.from(` HTTP/1.1\r\nhost: ${host}\r\n\r\n`)]);
    const target = Buffer.from(url.slice(server.ops.length));
    expect(codeOf(await raw.exchange(request(target)))).toBe('200');
    const taken: string[] = [];
    await each(target.length, async (at) => {
      const answer = await raw.exchange(request(flipped(target, at))).catch(() => 'HTTP/1.1 400 (closed)');
      if (!/^HTTP\/1\.1 (4\d\d|501)/.test(answer)) taken.push(`${at}: ${answer.slice(0, 200)}`);
    });
    expect(taken).toEqual([]);
  });

  it.each([
    ['host', 'example.com'],
    ['authorization', 'AWS4-HMAC-SHA256 x'],
    ['x-amz-date', '20200101T000000Z'],
    ['x-amz-content-sha256', 'UNSIGNED-PAYLOAD'],
    ['content-length', '2'],
    ['content-md5', 'XrY7u+Ae7tCTyyK7j1rNww=='],
    ['content-type', 'text/html'],
    ['x-amz-meta-a', 'c'],
    ['x-amz-checksum-crc32', 'AAAAAA=='],
    ['x-amz-decoded-content-length', '1'],
    ['x-upload-token', 'x'],
    ['range', 'bytes=0-0'],
    ['if-none-match', '*'],
  ])('does not take two %s headers for one', async (name, second) => {
    const own = { 'content-type': 'text/plain', 'x-amz-meta-a': 'b' };
    const request = wire(raw.signed({ path: `/${job.jobId}/double`, body: 'hello', headers: own }));
    for (const doubled of [
      request.replace('\r\n\r\n', `\r\n${name}: ${second}\r\n${name}: ${second}\r\n\r\n`),
      request.replace(' HTTP/1.1\r\n', ` HTTP/1.1\r\n${name}: ${second}\r\n${name}: ${second}\r\n`),
    ]) {
      const answer = await raw.exchange(doubled).catch(() => 'HTTP/1.1 400 (closed)');
      // What an upload does not heed may be there twice.
      const isUnheeded = ['range', 'x-amz-decoded-content-length', 'x-upload-token'].includes(name);
      expect.soft(answer, name).toMatch(isUnheeded ? /^HTTP\/1\.1 (200|4\d\d)/ : /^HTTP\/1\.1 (4\d\d|501)/);
      if (answer.startsWith('HTTP/1.1 200')) {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: job.jobId, Key: 'double' }));
        expect(await Body?.transformToString()).toBe('hello');
        await raw.send({ method: 'DELETE', path: `/${job.jobId}/double` });
      }
    }
    expect(await listed()).toEqual(stored);
  });

  it.each([
    ['a length and chunks', 'content-length: 5\r\ntransfer-encoding: chunked'],
    ['chunks and a length', 'transfer-encoding: chunked\r\ncontent-length: 5'],
    ['a coding that hides chunks', 'content-length: 5\r\ntransfer-encoding: xchunked'],
    ['chunks that are not last', 'transfer-encoding: chunked, identity'],
    ['chunks twice', 'transfer-encoding: chunked\r\ntransfer-encoding: chunked'],
    ['a name with a blank', 'content-length: 5\r\ntransfer-encoding : chunked'],
    ['a folded header', 'content-length: 5\r\nx-a: b\r\n transfer-encoding: chunked'],
    ['a line that ends early', 'content-length: 5\r\nx-a: b\ntransfer-encoding: chunked'],
    ['two lengths', 'content-length: 5\r\ncontent-length: 0'],
    ['a list of lengths', 'content-length: 5, 5'],
    ['a length with a sign', 'content-length: +5'],
    ['a negative length', 'content-length: -5'],
    ['a length in hex', 'content-length: 0x5'],
    ['a length beyond all numbers', `content-length: ${'9'.repeat(30)}`],
  ])('does not let a second request through inside the body of the first: %s', async (_, framing) => {
    const { method, target, headers } = raw.signed({ path: `/${job.jobId}/smuggled`, body: 'hello' });
    const kept = Object.entries(headers).filter(([name]) => name !== 'content-length');
    const head = kept.map(([name, value]) => `${name}: ${value}`).join('\r\n');
    const inner = wire(raw.signed({ path: `/${job.jobId}/inner`, body: 'inner' }));
    const bytes = `${method} ${target} HTTP/1.1\r\n${head}\r\n${framing}\r\n\r\n0\r\n\r\n${inner}`;
    const answer = await raw.exchange(bytes).catch(() => 'HTTP/1.1 400 (closed)');
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d/);
    expect(answer.match(/HTTP\/1\.1 \d/g)).toHaveLength(1);
    expect(await listed()).toEqual(stored);
  });

  it.each([
    ['a chunk size', '0', /InvalidChunkSizeError/],
    ['a chunk extension', '5;chunk-signature=', /InvalidChunkSizeError/],
    ['a trailer line', '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:', /MalformedTrailerError/],
    ['trailers', '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\nx-a:', /MalformedTrailerError/],
  ])('is not kept busy by %s that never ends', async (_, beginning, refusal) => {
    const { method, target, headers } = raw.signed({
      path: `/${job.jobId}/endless`,
      payloadHash: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      headers: {
        'content-length': String(10 * 1024 * MIB),
        'content-encoding': 'aws-chunked',
        'x-amz-decoded-content-length': '5',
        'x-amz-trailer': 'x-amz-checksum-crc32',
      },
    });
    const head = wire({ method, target, headers, body: beginning });
    const { hostname, port } = new URL(server.ops);
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.write(head);
    const more = Buffer.alloc(64 * 1024, 'a');
    let sentBytes = 0;
    while (!socket.destroyed) {
      sentBytes += more.length;
      const isRoomy = socket.write(more);
      if (!isRoomy) await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed]);
    }
    expect(answer).toMatch(refusal);
    expect(sentBytes).toBeLessThan(256 * MIB);
    expect(await listed()).toEqual(stored);
  });

  it.each([
    ['of an object', { 'content-length': String(100 * MIB + 1) }, undefined],
    ['of anything', { 'content-length': String(Number.MAX_SAFE_INTEGER) }, undefined],
    [
      'of what its chunks hold',
      {
        'content-length': '1000',
        'content-encoding': 'aws-chunked',
        'x-amz-decoded-content-length': String(100 * MIB + 1),
        'x-amz-trailer': 'x-amz-checksum-crc32',
      },
      'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
    ],
  ])('says EntityTooLarge to the size %s before any of the body', async (_, sizes, payloadHash) => {
    for (const headers of [sizes, { ...sizes, expect: '100-continue' }]) {
      const hash = { payloadHash: payloadHash ?? sha256('') };
      const whole = raw.signed({ path: `/${job.jobId}/large`, headers, ...hash });
      const answer = await raw.exchange(wire(whole));
      expect([codeOf(answer), answer.includes('100 Continue')]).toEqual(['EntityTooLarge', false]);
      const part = { path: `/${job.jobId}/large`, query: 'partNumber=1&uploadId=x', headers, ...hash };
      expect(await raw.send(part)).toMatch(/^(EntityTooLarge|NoSuchUpload)$/);
    }
    expect(await listed()).toEqual(stored);
  });

  it('joins only the parts that are there, in their order, and leaves the upload as it was otherwise', async () => {
    const at = { Bucket: job.jobId, Key: 'parts' };
    const { UploadId = '' } = await s3.send(new CreateMultipartUploadCommand(at));
    const part = async (PartNumber: number, Body: Uint8Array): Promise<string> => {
      const { ETag = '' } = await s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber, Body }));
      return ETag;
    };
    const [one, two, three] = [
      await part(1, Buffer.alloc(5 * MIB, 1)),
      await part(2, Buffer.alloc(5 * MIB, 2)),
      await part(3, Buffer.alloc(3, 3)),
    ] as [string, string, string];
    const complete = (...parts: [number, string][]): Promise<string> => {
      const inner = parts.map(
        ([number, etag]) => `<Part><PartNumber>${number}</PartNumber><ETag>${etag}</ETag></Part>`,
      );
      const body = `<CompleteMultipartUpload>${inner.join('')}</CompleteMultipartUpload>`;
      return raw.send({ method: 'POST', path: `/${job.jobId}/parts`, query: `uploadId=${UploadId}`, body });
    };
    expect(await complete([1, one], [4, three])).toBe('InvalidPart');
    expect(await complete([1, two], [2, two])).toBe('InvalidPart');
    expect(await complete([1, '"00000000000000000000000000000000"'])).toBe('InvalidPart');
    expect(await complete([2, two], [1, one])).toBe('InvalidPartOrder');
    expect(await complete([1, one], [1, one])).toBe('InvalidPartOrder');
    expect(await complete([1, one], [3, three], [10_001, two])).toBe('InvalidArgument');
    expect(await complete([0, one], [1, one])).toBe('InvalidArgument');
    const early = await part(4, Buffer.alloc(5 * MIB, 4));
    expect(await complete([1, one], [3, three], [4, early])).toBe('EntityTooSmall');
    expect(await listed()).toEqual(stored);
    const other = { path: `/${job.jobId}/elsewhere`, query: `uploadId=${UploadId}&partNumber=1`, body: 'x' };
    expect(await raw.send(other)).toBe('NoSuchUpload');
    const Parts = [
      { PartNumber: 1, ETag: one },
      { PartNumber: 2, ETag: two },
      { PartNumber: 3, ETag: three },
    ];
    await s3.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } }));
    stored.push('parts');
    stored.sort();
    const { Body } = await s3.send(new GetObjectCommand(at));
    const whole = Buffer.from((await Body?.transformToByteArray()) ?? []);
    expect(sha256(whole)).toBe(
      sha256(Buffer.concat([Buffer.alloc(5 * MIB, 1), Buffer.alloc(5 * MIB, 2), Buffer.alloc(3, 3)])),
    );
    await expect(s3.send(new AbortMultipartUploadCommand({ ...at, UploadId }))).rejects.toMatchObject({
      name: 'NoSuchUpload',
    });
    // The part that was left out went with the upload.
    await vi.waitUntil(() => drafts().length === 0, { timeout: 10_000, interval: 20 });
  });

  it('keeps keys apart that a file system, a shell or a person might take for the same or for something else', async () => {
    const keys = [
      ...['a', 'a/', 'a/b', 'a//b', 'a/b/', 'A', 'a '],
      ...['CON', 'nul.txt', 'aux', '.uploads/x', '.escaped/y', '.git/config', '...', 'a..b', '~root', '-rf', '*', '?'],
      ...['%41', '%2e%2e%2fx', '%00', 'x%zz', 'a+b', 'a b', '$(id)', '`id`', '"quoted"', "it's", '<x>&amp;', 'a|b'],
      ...['\u00e9', 'e\u0301', '\u{1f680}', '\ufeffx', '\u202egpj.exe', 'd/'.repeat(511), 'x'.repeat(1_024)],
    ];
    const path = (key: string): string => `/${job.jobId}/keys/${key.split('/').map(awsEncoded).join('/')}`;
    const fits = keys.map((key) => key.slice(0, 1_024 - 'keys/'.length));
    for (const key of fits) expect.soft(await raw.send({ path: path(key), body: `in ${key}` }), key).toBe('200');
    for (const key of fits) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: job.jobId, Key: `keys/${key}` }));
      expect.soft(await Body?.transformToString()).toBe(`in ${key}`);
    }
    stored.push(...fits.map((key) => `keys/${key}`));
    stored.sort();
    expect(await listed()).toEqual(stored);
  });

  it.each([
    ['an object', false],
    ['a part', true],
  ])('takes nothing more from credentials that were revoked while %s was on its way', async (_, isPart) => {
    const doomed = await startJob(server);
    const target = { Bucket: doomed.jobId, Key: 'late' };
    const upload = isPart && (await s3Client(doomed).send(new CreateMultipartUploadCommand(target)));
    const query = upload ? { query: `partNumber=1&uploadId=${upload.UploadId}` } : {};
    // More than is kept in memory before there is a draft.
    const body = 'x'.repeat(400_000);
    const begun = wire(
      new RawS3(server, doomed).signed({
        path: `/${doomed.jobId}/late`,
        ...query,
        body,
        headers: { expect: '100-continue' },
      }),
    );
    const { hostname, port } = new URL(server.ops);
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.write(begun.slice(0, -50_000));
    await vi.waitUntil(() => drafts().length > 0, { interval: 10, timeout: 10_000 });
    // Judged by now, however long that took.
    const judgedAt = performance.now();
    await server.send('POST', `/api/cloud/jobs/${doomed.jobId}/cancel`, {});
    await vi.waitFor(
      async () => {
        const own = new RawS3(server, doomed);
        expect(await own.send({ method: 'GET', path: `/${doomed.jobId}` })).toBe('AccessDenied');
      },
      { interval: 50, timeout: 10_000 },
    );
    // An upload that takes less than this is judged once.
    await vi.waitUntil(() => performance.now() - judgedAt > storageLimits.credentialTrustMs, {
      interval: 50,
      timeout: 10_000,
    });
    socket.write(begun.slice(-50_000));
    await vi.waitUntil(() => answer.includes('</Error>'), { interval: 10, timeout: 10_000 });
    socket.destroy();
    expect(codeOf(answer.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, ''))).toBe('AccessDenied');
    const { files } = await server.json<{ files: unknown[] }>(`/api/cloud/jobs/${doomed.jobId}/files`);
    expect(files).toEqual([]);
    await vi.waitUntil(() => drafts().length === 0, { timeout: 10_000, interval: 20 });
  });

  it('takes nothing from credentials that are older than thirty days', async () => {
    const old = await startJob(server);
    const own = new RawS3(server, old);
    const put = { path: `/${old.jobId}/old`, body: 'old' };
    expect(await own.send(put)).toBe('200');
    const age = (days: number): void => {
      const database = new Sqlite(join(server.home, 'config', 'cloud', 'jobs.db'));
      const createdAtMs = Date.now() - days * 24 * 3_600_000;
      database.prepare('UPDATE job_uploads SET created_at_ms = ? WHERE job_id = ?').run(createdAtMs, old.jobId);
      database.close();
    };
    age(29);
    expect(await own.send(put)).toBe('200');
    age(31);
    await vi.waitFor(async () => expect(await own.send(put)).toBe('AccessDenied'), { interval: 50, timeout: 10_000 });
    expect(await own.send({ method: 'GET', path: `/${old.jobId}/old` })).toBe('AccessDenied');
  });

  it('has come through it without a fault of its own, a leak or a left-over', async () => {
    await vi.waitUntil(() => drafts().length === 0, { timeout: 20_000, interval: 50 });
    expect(await listed()).toEqual(stored);
    const faults = server.log.split('\n').filter((line) => /"level":"(ERROR|CRITICAL)"|unhandled/i.test(line));
    expect(faults).toEqual([]);
    expect(residentBytes() - rssBytes).toBeLessThan(GROWTH_BYTES_MAX);
  });
});

/** As SigV4 wants a path segment to be encoded. */
function awsEncoded(segment: string): string {
  return encodeURIComponent(segment).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
}
