import { execFileSync } from 'node:child_process';
import { createHash, createPublicKey, randomBytes } from 'node:crypto';
import { openSync, closeSync, rmSync, statSync, utimesSync, writeFileSync, writeSync } from 'node:fs';
import { get as httpGet } from 'node:http';
import { join } from 'node:path';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { proveManifest, type Manifest } from '#libs/manifest';
import { ServerProcess } from '../support/server.js';
import { s3Client, startJob, type StorageJob } from '../support/storage-job.js';
import { readZip } from '../support/zip.js';

const KEYS = ['/leading', 'a', 'a/b', 'a b+c/é~(1)%41.txt', 'empty//segment', 'trailing/', '日本/\u{1f680}'];
const MIB = 1024 * 1024;

function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('the files of a job, for people', () => {
  let server: ServerProcess;
  let job: StorageJob;
  let s3: S3Client;
  let base: string;

  beforeAll(async () => {
    server = await ServerProcess.start();
    job = await startJob(server);
    s3 = s3Client(job);
    base = `/api/cloud/jobs/${job.jobId}`;
    for (const Key of KEYS) await put(Key, `content of ${Key}`, 'text/plain');
    await put('big.bin', BIG);
  });

  afterAll(() => server.dispose());

  const BIG = randomBytes(3 * MIB);
  const put = (Key: string, Body: string | Buffer, ContentType?: string) =>
    s3.send(new PutObjectCommand({ Bucket: job.jobId, Key, Body, ContentType }));
  const fileOf = (key: string): string => join(server.home, 'outputs', job.jobId, key);
  const keyPath = (key: string): string => key.split('/').map(encodeURIComponent).join('/');
  const link = async (key: string, body: object = {}): Promise<{ status: number; url: string; expires_at: string }> => {
    const response = await server.send('POST', `${base}/files/${keyPath(key)}/url`, body);
    return { status: response.status, ...((await response.json()) as { url: string; expires_at: string }) };
  };

  it('are listed in pages and by folder', async () => {
    interface Page {
      files: { key: string }[];
      folders: string[];
      total: number;
      total_bytes: number;
      next_cursor: string | null;
    }
    const found: string[] = [];
    for (let cursor = '', isMore = true; isMore;) {
      const page = await server.json<Page>(`${base}/files?limit=3${cursor === '' ? '' : `&cursor=${cursor}`}`);
      expect(page.total).toBe(KEYS.length + 1);
      found.push(...page.files.map(({ key }) => key));
      isMore = page.next_cursor !== null;
      cursor = encodeURIComponent(page.next_cursor ?? '');
    }
    const inOrder = [...KEYS, 'big.bin'].sort((x, y) => Buffer.compare(Buffer.from(x), Buffer.from(y)));
    expect(found).toEqual(inOrder);
    const root = await server.json<Page>(`${base}/files?delimiter=/`);
    expect(root.folders).toEqual(['/', 'a b+c/', 'a/', 'empty/', 'trailing/', '日本/']);
    expect(root.files).toEqual([
      expect.objectContaining({ key: 'a', size: 12, sha256: sha256('content of a'), content_type: 'text/plain' }),
      expect.objectContaining({ key: 'big.bin', size: BIG.length, sha256: sha256(BIG) }),
    ]);
    expect((await server.get(`${base}/files?cursor=nonsense`)).status).toBe(422);
    expect((await server.get(`/api/cloud/jobs/${crypto.randomUUID()}/files`)).status).toBe(404);
  });

  it.each(KEYS)('can be fetched by anybody who holds the link to %j', async (key) => {
    const { status, url } = await link(key, { expires_in_seconds: 60 });
    expect(status).toBe(200);
    const fetched = await fetch(url, { headers: { 'X-Forwarded-For': '203.0.113.7' } });
    expect([fetched.status, await fetched.text()]).toEqual([200, `content of ${key}`]);
    expect(fetched.headers.get('content-disposition')).toMatch(/^attachment/);
    expect((await fetch(url, { headers: { Range: 'bytes=0-6' } })).status).toBe(206);
  });

  it('give links that are good for one file, one method and an hour at most', async () => {
    const { url } = await link('a');
    for (const changed of [
      url.replace('/a?', '/a/b?'),
      `${url}0`,
      url.replace('X-Amz-Expires=3600', 'X-Amz-Expires=9'),
    ]) {
      expect.soft((await fetch(changed)).status, changed).toBeGreaterThanOrEqual(400);
    }
    for (const method of ['PUT', 'DELETE', 'POST', 'HEAD']) {
      expect.soft([403, 501], method).toContain((await fetch(url, { method })).status);
    }
    expect((await link('a', { expires_in_seconds: 3_601 })).status).toBe(422);
    expect((await link('missing')).status).toBe(404);
    expect((await link('a/../b')).status).toBeGreaterThanOrEqual(404);
    expect((await server.send('POST', `${base}/files/a%5Cb/url`, {})).status).toBe(422);
  });

  it('are told in a manifest that the public key of the server proves', async () => {
    const manifest = await server.json<Manifest>(`${base}/manifest`);
    const pem = execFileSync(process.execPath, ['bin/simpletuner-cloud.js', 'audit', 'public-key'], {
      env: { ...process.env, SIMPLETUNER_HOME: server.home },
    }).toString();
    expect(proveManifest(manifest, [createPublicKey(pem)])).toBeUndefined();
    expect(manifest.files).toHaveLength(KEYS.length + 1);
    expect(manifest.files.find(({ key }) => key === 'big.bin')).toMatchObject({
      size: BIG.length,
      sha256: sha256(BIG),
    });
    const others = { ...manifest, files: manifest.files.slice(1) };
    expect(proveManifest(others, [createPublicKey(pem)])).toBe('files-changed');
  });

  it('are re-read on demand, and whatever differs is named', async () => {
    interface Verdict {
      ok: boolean;
      files: { key: string; state: string }[];
      counts: object;
    }
    const verify = async (path: string): Promise<Verdict> =>
      (await (await server.send('POST', `${base}${path}`)).json()) as Verdict;
    for (const key of ['rot', 'edited', 'grown', 'gone']) await put(key, `content of ${key}`);
    expect(await verify('/manifest/verify')).toMatchObject({ ok: true, counts: { ok: KEYS.length + 5, missing: 0 } });
    const { atime, mtime } = statSync(fileOf('rot'));
    const rotten = openSync(fileOf('rot'), 'r+');
    writeSync(rotten, 'X', 0);
    closeSync(rotten);
    utimesSync(fileOf('rot'), atime, mtime);
    writeFileSync(fileOf('edited'), 'kontent of edited');
    writeFileSync(fileOf('grown'), 'content of grown, and more');
    rmSync(fileOf('gone'));
    const verdict = await verify('/verify');
    expect(verdict).toMatchObject({ ok: false, counts: { ok: KEYS.length + 1, missing: 1, different: 3 } });
    expect(verdict.files.filter(({ state }) => state !== 'ok').map(({ key, state }) => `${key} ${state}`)).toEqual([
      'edited different',
      'gone missing',
      'grown different',
      'rot different',
    ]);
  });

  it('come as one archive that unpacks anywhere and proves itself', async () => {
    const archive = Buffer.from(await (await server.get(`${base}/archive?prefix=a`)).arrayBuffer());
    const entries = new Map(readZip(archive).map(({ name, bytes }) => [name.slice(job.jobId.length + 1), bytes]));
    expect([...entries.keys()]).toEqual(['a~2', 'a b+c/é~(1)%41.txt', 'a/b', 'MANIFEST.json']);
    expect(entries.get('a~2')?.toString()).toBe('content of a');
    expect(entries.get('a/b')?.toString()).toBe('content of a/b');
    const manifest = JSON.parse(entries.get('MANIFEST.json')!.toString()) as Manifest;
    expect(proveManifest(manifest, [createPublicKey(manifest.public_key)])).toBeUndefined();
    expect(manifest.files.map(({ key }) => key)).toEqual(['a', 'a b+c/é~(1)%41.txt', 'a/b']);
    const big = Buffer.from(await (await server.get(`${base}/archive?prefix=big`)).arrayBuffer());
    expect(readZip(big)[0]?.bytes.equals(BIG)).toBe(true);
  });

  it('stop being read when the reader of an archive goes away', { timeout: 60_000 }, async () => {
    for (let index = 0; index < 12; index += 1) await put(`huge/${index}`, randomBytes(4 * MIB));
    const openFiles = (): number =>
      Number(execFileSync('sh', ['-c', `ls -l /proc/${server.pid}/fd | grep -c outputs || true`]).toString());
    const before = openFiles();
    for (let round = 0; round < 10; round += 1) {
      await new Promise<void>((resolve) => {
        const request = httpGet(`${server.ops}${base}/archive?prefix=huge`, (response) => {
          response.once('data', () => {
            request.destroy();
            resolve();
          });
        });
        request.on('error', () => undefined);
      });
    }
    await vi.waitUntil(() => openFiles() <= before, { timeout: 20_000, interval: 50 });
    // More than the places there are for archives: each was given back.
    expect((await server.get(`${base}/archive?prefix=a`)).status).toBe(200);
    expect(server.log).not.toContain('A long answer broke off');
  });

  it.each([
    ['page.html', 'text/html'],
    ['image.svg', 'image/svg+xml'],
    ['feed.xml', 'application/xml'],
    ['script.js', 'text/javascript'],
    ['unnamed', undefined],
  ])('never run in a browser: %s', async (key, type) => {
    await put(`hostile/${key}`, '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', type);
    const path = `/api/cloud/storage/${job.jobId}/hostile/${key}`;
    const overridden = '?response-content-disposition=inline&response-content-type=text/html';
    for (const query of ['', overridden]) {
      const response = await server.get(`${path}${query}`);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-disposition')).toBe(`attachment; filename*=UTF-8''${key}`);
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'.*sandbox$/);
      expect(response.headers.get('cache-control')).toContain('private');
    }
  });

  it('are shown where nothing can run in them', async () => {
    await put('shown/it\'s "é".png', 'png', 'image/png');
    const response = await server.get(`/api/cloud/storage/${job.jobId}/shown/${encodeURIComponent('it\'s "é".png')}`);
    expect(response.headers.get('content-disposition')).toBe("inline; filename*=UTF-8''it%27s%20%22%C3%A9%22.png");
    expect(response.headers.get('content-security-policy')).toMatch(/sandbox$/);
  });

  it('open to keys with the permission to see jobs, and to no others', async () => {
    const keyWith = async (scope: string): Promise<Record<string, string>> => {
      const made = await server.send('POST', '/api/auth/api-keys', { name: scope, scopes: [scope] });
      const { key } = (await made.json()) as { key: string };
      return { 'X-API-Key': key, 'X-Forwarded-For': '203.0.113.9' };
    };
    const [seeing, blind] = [await keyWith('job.view.own'), await keyWith('config.view')];
    const paths = [
      `${base}/files`,
      `${base}/manifest`,
      `${base}/archive?prefix=a`,
      `/api/cloud/storage/${job.jobId}/a`,
    ];
    for (const path of paths) {
      expect.soft((await server.get(path, { headers: seeing })).status, path).toBe(200);
      expect.soft((await server.get(path, { headers: blind })).status, path).toBe(403);
    }
  });

  it('stay within reach of links after the job was cancelled', async () => {
    const ended = await startJob(server);
    await s3Client(ended).send(new PutObjectCommand({ Bucket: ended.jobId, Key: 'kept', Body: 'kept' }));
    await server.send('POST', `/api/cloud/jobs/${ended.jobId}/cancel`, {});
    const made = await server.send('POST', `/api/cloud/jobs/${ended.jobId}/files/kept/url`, {});
    const { url } = (await made.json()) as { url: string };
    expect(await (await fetch(url)).text()).toBe('kept');
  });
});
