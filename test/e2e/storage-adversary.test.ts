import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateMultipartUploadCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { presign } from '#libs/s3';
import {
  codeOf,
  RawS3,
  sha256,
  STORAGE_PREFIX as PREFIX,
  wire,
  type SignedWish,
  type Wish,
} from '../support/raw-s3.js';
import { ServerProcess } from '../support/server.js';
import { s3Client, startJob, type StorageJob } from '../support/storage-job.js';

describe('S3 storage under attack', () => {
  let server: ServerProcess;
  let job: StorageJob;
  let other: StorageJob;
  let s3: S3Client;
  let raw: RawS3;

  beforeAll(async () => {
    server = await ServerProcess.start();
    job = await startJob(server);
    other = await startJob(server);
    s3 = s3Client(job);
    raw = new RawS3(server, job);
    await s3.send(new PutObjectCommand({ Bucket: job.jobId, Key: 'seed', Body: 'seed' }));
    await s3Client(other).send(new PutObjectCommand({ Bucket: other.jobId, Key: 'secret', Body: 'secret' }));
  });

  afterAll(() => server.dispose());

  const signed = (wish: Wish): SignedWish => raw.signed(wish);
  const exchange = (bytes: string): Promise<string> => raw.exchange(bytes);
  const send = (wish: Wish): Promise<string> => raw.send(wish);
  const isStored = async (key: string): Promise<boolean> =>
    s3.send(new GetObjectCommand({ Bucket: job.jobId, Key: key })).then(
      () => true,
      () => false,
    );

  it('takes the honest request that the attacks below are made of', async () => {
    expect(await send({ path: `/${job.jobId}/honest`, body: 'hello' })).toBe('200');
    expect(await isStored('honest')).toBe(true);
  });

  it('refuses a request with one changed byte anywhere', async () => {
    const honest = wire(
      signed({ path: `/${job.jobId}/changed`, body: 'hello world', headers: { 'x-amz-meta-a': 'b' } }),
    );
    const changes: [string, string, string][] = [
      ['method', 'PUT ', 'POST '],
      ['key', '/changed ', '/changes '],
      ['metadata', 'x-amz-meta-a: b', 'x-amz-meta-a: c'],
      ['body', 'hello world', 'hello_world'],
      ['signature', /Signature=(\w{4})/.exec(honest)![0], 'Signature=0000'],
      ['region', '/us-east-1/', '/eu-west-1/'],
      ['access key', job.accessKeyId, other.accessKeyId],
      ['payload hash', sha256('hello world'), sha256('hello')],
      ['host', new URL(server.ops).host, 'example.com'],
      ['an added header', 'x-amz-meta-a', 'x-amz-meta-evil: 1\r\nx-amz-meta-a'],
      ['an added query', '/changed ', '/changed?x-id=PutObject '],
    ];
    for (const [what, from, to] of changes) {
      const code = codeOf(await exchange(honest.replace(from, to)));
      expect.soft([what, code]).not.toEqual([what, '200']);
      expect
        .soft(code, what)
        .toMatch(/^(SignatureDoesNotMatch|AccessDenied|XAmzContentSHA256Mismatch|NotImplemented)$/);
    }
    expect(await isStored('changed')).toBe(false);
    expect(await isStored('changes')).toBe(false);
  });

  it('refuses wrong, foreign, old and future credentials', async () => {
    const day = 24 * 3_600_000;
    expect(await send({ credentials: { accessKeyId: `STU${'A'.repeat(29)}`, secretAccessKey: 'x' } })).toBe(
      'InvalidAccessKeyId',
    );
    expect(await send({ credentials: { ...job, secretAccessKey: 'x' } })).toBe('SignatureDoesNotMatch');
    expect(await send({ credentials: other })).toBe('AccessDenied');
    expect(await send({ atMs: Date.now() - day })).toBe('RequestTimeTooSkewed');
    expect(await send({ atMs: Date.now() + day })).toBe('RequestTimeTooSkewed');
    for (const [method, path] of [
      ['GET', `/${other.jobId}/secret`],
      ['HEAD', `/${other.jobId}/secret`],
      ['DELETE', `/${other.jobId}/secret`],
      ['GET', `/${other.jobId}`],
      ['GET', `/outputs/${other.jobId}/secret`],
    ] as const) {
      expect.soft(await send({ method, path }), `${method} ${path}`).toMatch(/AccessDenied|^403$/);
    }
    const copy = { path: `/${job.jobId}/stolen`, headers: { 'x-amz-copy-source': `${other.jobId}/secret` } };
    expect(await send(copy)).toBe('AccessDenied');
    const listing = await exchange(wire(signed({ method: 'GET', path: '/outputs', query: 'list-type=2' })));
    expect(listing).toContain('<Key>');
    expect(listing).not.toContain(other.jobId);
    const anonymous = await fetch(`${server.ops}${PREFIX}/${job.jobId}/seed`, {
      headers: { 'x-forwarded-for': '203.0.113.9' },
    });
    expect([anonymous.status, codeOf(await anonymous.text())]).toEqual([403, 'AccessDenied']);
  });

  it('writes a denied request into the audit log, once a minute', async () => {
    await send({ credentials: { ...job, secretAccessKey: 'x' } });
    await server.terminate();
    await server.restart();
    const { entries } = await server.json<{ entries: { event_type: string; details: { code: string } }[] }>(
      '/api/audit?event_type=storage.denied',
    );
    expect(entries.map(({ details }) => details.code)).toContain('SignatureDoesNotMatch');
  });

  it('knows the bare secret and presigned URLs', async () => {
    const headers = { 'X-Upload-Token': job.secretAccessKey };
    const put = await fetch(`${server.ops}${PREFIX}/outputs/${job.jobId}/by-secret`, {
      method: 'PUT',
      body: 'x',
      headers,
    });
    expect(await put.json()).toEqual({
      ETag: `"${createHash('md5').update('x').digest('hex')}"`,
      Key: `${job.jobId}/by-secret`,
      Bucket: 'outputs',
    });
    const foreign = await fetch(`${server.ops}${PREFIX}/${other.jobId}/x`, { method: 'PUT', body: 'x', headers });
    expect(foreign.status).toBe(403);
    const url = (expiresSeconds: number, atMs: number): string =>
      presign(
        { method: 'GET', origin: server.ops, rawPath: `${PREFIX}/${job.jobId}/by-secret`, expiresSeconds },
        { ...job, region: 'us-east-1' },
        atMs,
      );
    expect(await (await fetch(url(60, Date.now()))).text()).toBe('x');
    expect((await fetch(url(60, Date.now() - 61_000))).status).toBe(403);
    expect((await fetch(`${url(60, Date.now())}x`)).status).toBeGreaterThanOrEqual(400);
    expect((await fetch(url(60, Date.now()).replace('by-secret', 'seed'))).status).toBe(403);
  });

  it.each([
    ['..', '/../../etc/passwd'],
    ['encoded dots', '/%2e%2e/%2e%2e/escape'],
    ['encoded slash', '/..%2f..%2fescape'],
    ['NUL', '/nul%00byte'],
    ['a control character', '/a%0ab'],
    ['a backslash', '/..%5c..%5cescape'],
    ['not UTF-8', '/%ff%fe'],
    ['a stray percent', '/50%'],
    ['a dot segment', '/a/./b'],
    ['a key that is too long', `/${'k'.repeat(1_025)}`],
  ])('refuses a key with %s', async (_, key) => {
    const before = readdirSync(server.home, { recursive: true }).length;
    const code = await send({ path: `/${job.jobId}${key}`, body: 'escape' });
    expect(code).toMatch(/^(InvalidURI|InvalidArgument|KeyTooLongError)$/);
    expect(readdirSync(server.home, { recursive: true })).toHaveLength(before);
    expect(existsSync(join(server.home, 'escape'))).toBe(false);
  });

  it('refuses a bucket that leads elsewhere', async () => {
    for (const bucket of ['..', '.', '%2e%2e', '..%2f..', '.uploads', '.escaped']) {
      expect.soft(await send({ path: `/${bucket}/x`, body: 'x' })).toMatch(/^(InvalidBucketName|AccessDenied)$/);
    }
  });

  it('does not follow a link that was planted in the folder of the job', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'planted-'));
    writeFileSync(join(outside, 'victim'), 'untouched');
    const folder = join(server.home, 'outputs', job.jobId);
    mkdirSync(folder, { recursive: true });
    symlinkSync(outside, join(folder, 'link'));
    symlinkSync(join(outside, 'victim'), join(folder, 'file-link'));
    expect(await send({ path: `/${job.jobId}/link/victim`, body: 'evil' })).toBe('200');
    expect(await send({ path: `/${job.jobId}/file-link`, body: 'evil' })).toBe('200');
    expect(readFileSync(join(outside, 'victim'), 'utf8')).toBe('untouched');
    expect(readdirSync(outside)).toEqual(['victim']);
    const read = await exchange(wire(signed({ method: 'GET', path: `/${job.jobId}/link/victim` })));
    expect(read).toMatch(/evil$/);
  });

  it('stores nothing whose checksum is wrong', async () => {
    const md5 = createHash('md5').update('other').digest('base64');
    const path = `/${job.jobId}/checksum`;
    expect(await send({ path, body: 'x', headers: { 'content-md5': md5 } })).toBe('BadDigest');
    expect(await send({ path, body: 'x', headers: { 'content-md5': 'nonsense' } })).toBe('InvalidDigest');
    expect(await send({ path, body: 'x', headers: { 'x-amz-checksum-crc32': 'AAAAAA==' } })).toBe('BadDigest');
    expect(await send({ path, body: 'x', payloadHash: sha256('y') })).toBe('XAmzContentSHA256Mismatch');
    expect(await isStored('checksum')).toBe(false);
  });

  describe('aws-chunked bodies', () => {
    const chunked = (body: string, decoded: number, extra: Record<string, string> = {}): Wish => ({
      path: `/${job.jobId}/chunked`,
      body,
      payloadHash: 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      headers: {
        'content-encoding': 'aws-chunked',
        'x-amz-decoded-content-length': String(decoded),
        'x-amz-trailer': 'x-amz-checksum-crc32',
        ...extra,
      },
    });
    const crc = 'x-amz-checksum-crc32:';

    it.each([
      ['no end', '5\r\nhello\r\n', 5],
      ['a size that is too small', '3\r\nhello\r\n0\r\n\r\n', 5],
      ['a size that is negative', '-5\r\nhello\r\n0\r\n\r\n', 5],
      ['a size that is enormous', 'ffffffffffffff\r\nhello', 5],
      ['a size line without end', 'a'.repeat(5_000), 5],
      ['less than announced', `2\r\nhe\r\n0\r\n${crc}AAAAAA==\r\n\r\n`, 5],
      ['no trailer', '5\r\nhello\r\n0\r\n\r\n', 5],
      ['a wrong trailer', `5\r\nhello\r\n0\r\n${crc}AAAAAA==\r\n\r\n`, 5],
      ['a trailer that is no digest', `5\r\nhello\r\n0\r\n${crc}?\r\n\r\n`, 5],
      ['another trailer', '5\r\nhello\r\n0\r\nx-amz-checksum-sha1:AA==\r\n\r\n', 5],
    ])('refuses one with %s', async (_, body, decoded) => {
      expect(await send(chunked(body, decoded))).toMatch(
        /^(IncompleteBody|InvalidChunkSizeError|MalformedTrailerError|BadDigest|InvalidDigest)$/,
      );
      expect(await isStored('chunked')).toBe(false);
    });

    it('takes a right one', async () => {
      expect(await send(chunked(`5\r\nhello\r\n0\r\n${crc}NhCmhg==\r\n\r\n`, 5))).toBe('200');
    });
  });

  it('keeps nothing of an upload that is cut off', async () => {
    const request = signed({ path: `/${job.jobId}/cut`, body: '' });
    const whole = signed({ path: `/${job.jobId}/cut`, body: 'x'.repeat(3_000_000) });
    const { hostname, port } = new URL(server.ops);
    const socket = connect(Number(port), hostname);
    socket.write(wire(whole).slice(0, 1_500_000));
    const drafts = join(server.home, 'outputs', '.uploads');
    await vi.waitUntil(() => readdirSync(drafts).length > 0, { interval: 10 });
    socket.destroy();
    await vi.waitUntil(() => readdirSync(drafts).length === 0, { timeout: 10_000, interval: 20 });
    expect(await isStored('cut')).toBe(false);
    expect(request.body).toBe('');
  });

  it('judges before it asks for the body', async () => {
    const bad = signed({ body: 'x'.repeat(10_000), headers: { expect: '100-continue' }, credentials: other });
    const refused = await exchange(wire({ ...bad, body: '' }));
    expect(refused).not.toContain('100 Continue');
    expect([codeOf(refused), /connection: close/i.test(refused)]).toEqual(['AccessDenied', true]);
    const good = signed({ path: `/${job.jobId}/expected`, body: 'abc', headers: { expect: '100-continue' } });
    const { hostname, port } = new URL(server.ops);
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.on('data', (chunk) => (answer += chunk.toString()));
    socket.write(wire({ ...good, body: '' }));
    await vi.waitUntil(() => answer.startsWith('HTTP/1.1 100 Continue'), { interval: 10 });
    socket.write('abc');
    await vi.waitUntil(() => answer.includes('HTTP/1.1 200'), { interval: 10 });
    socket.destroy();
  });

  it('lets the sender of a refused body read the refusal', async () => {
    const answer = await exchange(wire(signed({ body: 'x'.repeat(4_000_000), credentials: other })));
    expect(codeOf(answer)).toBe('AccessDenied');
  });

  it('refuses headers that two readers could read differently', async () => {
    const request = signed({ path: `/${job.jobId}/smuggled`, body: 'hello' });
    const both = wire(request).replace('\r\n\r\n', '\r\ntransfer-encoding: chunked\r\n\r\n');
    expect(codeOf(await exchange(both))).toBe('400');
    const twice = wire(request).replace('\r\n\r\n', '\r\ncontent-length: 1\r\n\r\n');
    expect(codeOf(await exchange(twice))).toBe('400');
    const dates = wire(request).replace('\r\n\r\n', '\r\nx-amz-date: 20200101T000000Z\r\n\r\n');
    expect(codeOf(await exchange(dates))).toBe('InvalidArgument');
    const tokens = wire(request).replace('\r\n\r\n', `\r\nauthorization: AWS4-HMAC-SHA256 x\r\n\r\n`);
    expect(codeOf(await exchange(tokens))).not.toBe('200');
    expect(await isStored('smuggled')).toBe(false);
  });

  it('refuses part numbers and documents that are out of bounds', async () => {
    const at = { Bucket: job.jobId, Key: 'bounds' };
    const { UploadId: uploadId = '' } = await s3.send(new CreateMultipartUploadCommand(at));
    const part = (number: string): Promise<string> =>
      send({ path: `/${job.jobId}/bounds`, query: `partNumber=${number}&uploadId=${uploadId}`, body: 'x' });
    for (const number of ['0', '10001', '-1', '1e3', '1.5', ''])
      expect.soft(await part(number)).toBe('InvalidArgument');
    const complete = (body: string): Promise<string> =>
      send({ method: 'POST', path: `/${job.jobId}/bounds`, query: `uploadId=${uploadId}`, body });
    const one = (number: number): string => `<Part><PartNumber>${number}</PartNumber><ETag>x</ETag></Part>`;
    const document = (inside: string): string => `<CompleteMultipartUpload>${inside}</CompleteMultipartUpload>`;
    expect(await complete('')).toBe('MalformedXML');
    expect(await complete(document(''))).toBe('MalformedXML');
    expect(await complete('<!DOCTYPE a [<!ENTITY b "c">]><CompleteMultipartUpload/>')).toBe('MalformedXML');
    expect(await complete(document(Array.from({ length: 10_001 }, (_, index) => one(index + 1)).join('')))).toBe(
      'MalformedXML',
    );
    expect(await complete(document(one(1)))).toBe('InvalidPart');
    expect(await send({ path: `/${job.jobId}/bounds`, query: 'partNumber=1&uploadId=unknown', body: 'x' })).toBe(
      'NoSuchUpload',
    );
  });

  it('touches nothing when an unknown sub-resource is named', async () => {
    for (const [method, query] of [
      ['DELETE', 'acl='],
      ['DELETE', 'tagging='],
      ['PUT', 'restore='],
      ['PUT', 'tagging='],
      ['POST', 'select='],
      ['GET', 'torrent='],
    ] as const) {
      expect.soft(await send({ method, path: `/${job.jobId}/seed`, query, body: '' }), query).toBe('NotImplemented');
    }
    const seed = await s3.send(new GetObjectCommand({ Bucket: job.jobId, Key: 'seed' }));
    expect(await seed.Body?.transformToString()).toBe('seed');
  });

  async function uploadsInFlight(): Promise<number> {
    const preview = await fetch(`${server.ops}/api/cloud/metrics/config/preview?categories=jobs`);
    return Number(/simpletuner_storage_uploads_in_flight(?:\{[^}]*\})? (\d+)/.exec(await preview.text())?.[1]);
  }

  it('holds out a thousand half-open uploads of one job and serves the others', async () => {
    const { hostname, port } = new URL(server.ops);
    const { UploadId: uploadId = '' } = await s3.send(
      new CreateMultipartUploadCommand({ Bucket: job.jobId, Key: 'half-open' }),
    );
    const sockets = Array.from({ length: 1_000 }, (_, index) => {
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      const query = `partNumber=${index + 1}&uploadId=${uploadId}`;
      const request = signed({ path: `/${job.jobId}/half-open`, query, body: 'x'.repeat(100) });
      socket.write(wire(request).slice(0, -50));
      return socket;
    });
    // As many as one job may have in flight have been let in, and wait for what never comes.
    await vi.waitUntil(async () => (await uploadsInFlight()) >= 64, { timeout: 20_000, interval: 50 });
    const health = await fetch(`${server.ops}/api/cloud/health/live`);
    expect(health.status).toBe(200);
    const path = `/${other.jobId}/meanwhile`;
    expect(await send({ path, body: 'x', credentials: other })).toBe('200');
    for (const socket of sockets) socket.destroy();
    const drafts = join(server.home, 'outputs', '.uploads');
    await vi.waitUntil(() => readdirSync(drafts).length === 0, { timeout: 20_000, interval: 100 });
  });

  it('never says 500, and tells nothing of the machine, whatever is asked', async () => {
    const answers: string[] = [];
    for (let round = 0; round < 60; round += 1) {
      const noise = randomBytes(24)
        .toString('latin1')
        .replace(/[\r\n\0 ]/g, '~');
      const target = [`${PREFIX}/${encodeURIComponent(noise)}`, `${PREFIX}/${job.jobId}/${encodeURIComponent(noise)}`][
        round % 2
      ];
      const method = ['GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'PATCH'][round % 6] ?? 'GET';
      const response = await fetch(`${server.ops}${target}?${encodeURIComponent(noise)}`, {
        method,
        headers: { authorization: `AWS4-HMAC-SHA256 ${encodeURIComponent(noise)}`, 'x-amz-date': 'nonsense' },
      });
      expect.soft(response.status, target).toBeLessThan(500 + (response.status === 501 ? 2 : 0));
      answers.push(await response.text());
    }
    expect(answers.join('\n')).not.toMatch(/node_modules|at .*\.js:\d+|SELECT|\/tmp\//);
  });
});
