import { EventEmitter, once } from 'node:events';
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { signWebhook } from '#libs/webhook-signature';
import { Balancer } from '../support/balancer.js';
import { freshDatabase, freshRedisSpace } from '../support/databases.js';
import { ServerProcess } from '../support/server.js';
import { freePort } from '../support/servers.js';
import { s3Client, startJob } from '../support/storage-job.js';

const WEBHOOK_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const WEBHOOKS_PER_SECOND = 100;
/** So that a test that hangs does not send for ever. */
const WEBHOOKS_MAX = 6_000;
const PART_BYTES = 5 * 1024 * 1024;

let home: string;
let servers: readonly ServerProcess[];
let balancer: Balancer;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'simpletuner-fleet-'));
  const redis = freshRedisSpace();
  const records = await freshDatabase('postgres');
  const start = async (): Promise<ServerProcess> =>
    ServerProcess.start({
      home,
      env: {
        SIMPLETUNER_PORT: String(await freePort()),
        SIMPLETUNER_PUBLIC_PORT: String(await freePort()),
        SIMPLETUNER_REPLICAS: '2',
        SIMPLETUNER_SECRET_KEY: 'a master key that both replicas share, of course',
        SIMPLETUNER_DATABASE_URL: records,
        STATE_BACKEND: 'redis',
        STATE_BACKEND_URL: redis.url,
        STATE_BACKEND_KEY_PREFIX: redis.prefix,
        SIMPLETUNER_DRAIN_SECONDS: '4',
        CLOUD_WEBHOOK_SECRET: WEBHOOK_SECRET,
      },
    });
  servers = [await start(), await start()];
  balancer = await Balancer.start(servers);
});
afterAll(async () => {
  await balancer.stop();
  await Promise.all(servers.map((server) => server.dispose()));
  rmSync(home, { recursive: true, force: true });
});

/** Sends deliveries at a steady pace until `until`; each once, as a provider does that does not try again. */
async function sendWebhooks(until: AbortSignal): Promise<{ answered: Map<string, number> }> {
  const answered = new Map<string, number>();
  const sending: Promise<void>[] = [];
  const startedMs = performance.now();
  for (let sent = 0; !until.aborted && sent < WEBHOOKS_MAX; sent += 1) {
    const id = randomUUID();
    sending.push(
      sendWebhook(id).then(
        (status) => void answered.set(id, status),
        () => void answered.set(id, 0),
      ),
    );
    await pause(Math.max(0, startedMs + (sent * 1_000) / WEBHOOKS_PER_SECOND - performance.now()));
  }
  await Promise.all(sending);
  return { answered };
}

async function sendWebhook(id: string): Promise<number> {
  const body = JSON.stringify({ id: `prediction-${id}`, status: 'processing', logs: '' });
  const headers = { ...signWebhook({ id, timeMs: Date.now(), body, secrets: [WEBHOOK_SECRET] }) };
  const answer = await fetch(`${balancer.publicOrigin}/api/webhooks/replicate`, { method: 'POST', headers, body });
  await answer.text();
  return answer.status;
}

/** Bytes whose second half is held back until `release`. */
class SlowBody {
  private readonly signals = new EventEmitter();
  /** Resolves once the sender waits for `release`. */
  readonly isHeld = once(this.signals, 'held');
  private readonly released = once(this.signals, 'released');
  readonly stream: Readable;

  constructor(readonly bytes: Buffer) {
    this.stream = Readable.from(this.halves());
  }

  release(): void {
    this.signals.emit('released');
  }

  private async *halves(): AsyncGenerator<Buffer> {
    const middle = this.bytes.length / 2;
    yield this.bytes.subarray(0, middle);
    this.signals.emit('held');
    await this.released;
    yield this.bytes.subarray(middle);
  }
}

/** Bytes at a pace of about 4 MiB/s. */
async function* paced(bytes: Buffer): AsyncGenerator<Buffer> {
  const pieceBytes = 64 * 1024;
  for (let start = 0; start < bytes.length; start += pieceBytes) {
    yield bytes.subarray(start, start + pieceBytes);
    await pause(16);
  }
}

async function sha256Of(client: S3Client, bucket: string, key: string): Promise<string> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return createHash('sha256')
    .update(await Body!.transformToByteArray())
    .digest('hex');
}

/** The ids of all deliveries that the inbox holds, page by page. */
async function deliveredIds(server: ServerProcess): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor = ''; ;) {
    const page = await server.json<{ deliveries: { webhook_id: string }[]; next_cursor: string | null }>(
      `/api/cloud/webhooks/deliveries?provider=replicate&limit=500${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    ids.push(...page.deliveries.map(({ webhook_id: id }) => id));
    if (page.next_cursor === null) return ids;
    cursor = page.next_cursor;
  }
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

it('loses no webhook and no upload when one server after the other is restarted behind nginx', async () => {
  const job = await startJob(servers[0]!);
  const client = s3Client({ ...job, endpoint: `${balancer.publicOrigin}/api/cloud/storage` });
  const rolled = new AbortController();
  const webhooks = sendWebhooks(rolled.signal);

  const inParts = randomBytes(6 * PART_BYTES + 4_321);
  const upload = new Upload({
    client: s3Client({ ...job, endpoint: `${balancer.publicOrigin}/api/cloud/storage` }, { maxAttempts: 5 }),
    params: { Bucket: job.jobId, Key: 'in-parts', Body: Readable.from(paced(inParts)) },
    partSize: PART_BYTES,
    queueSize: 2,
  }).done();

  const wholes: [string, Buffer][] = [];
  for (const [index, server] of servers.entries()) {
    const body = new SlowBody(randomBytes(200_000));
    wholes.push([`whole-${index}`, body.bytes]);
    const put = s3Client({ ...job, endpoint: `${server.public}/api/cloud/storage` }).send(
      new PutObjectCommand({
        Bucket: job.jobId,
        Key: `whole-${index}`,
        ContentLength: body.bytes.length,
        Body: body.stream,
      }),
    );
    await body.isHeld;
    const stopped = server.terminate();
    // It has drained and accepts nothing more, but does not end before the upload has.
    await vi.waitFor(() => expect(fetch(`${server.public}/api/cloud/health/live`)).rejects.toThrow(), 20_000);
    body.release();
    await put;
    expect(await stopped).toBe(0);
    await server.restart();
    await vi.waitFor(async () => expect((await server.get('/api/cloud/health/ready')).status).toBe(200), 20_000);
  }
  rolled.abort();

  const { answered } = await webhooks;
  expect([...answered.values()].filter((status) => status !== 200)).toEqual([]);
  expect(answered.size).toBeGreaterThan(WEBHOOKS_PER_SECOND);
  await upload;
  for (const [key, bytes] of [...wholes, ['in-parts', inParts] as const])
    expect(await sha256Of(client, job.jobId, key)).toBe(sha256(bytes));

  expect(new Set(await deliveredIds(servers[0]!))).toEqual(new Set(answered.keys()));
});

it('keeps one whole object when both servers take many at one key', async () => {
  const job = await startJob(servers[0]!);
  const client = s3Client({ ...job, endpoint: `${balancer.publicOrigin}/api/cloud/storage` }, { maxAttempts: 5 });
  const direct = servers.map((server) => s3Client({ ...job, endpoint: `${server.public}/api/cloud/storage` }));
  for (let round = 0; round < 3; round += 1) {
    const versions = Array.from({ length: 40 }, () => randomBytes(20_000 + round));
    await Promise.all(
      versions.map((Body) => client.send(new PutObjectCommand({ Bucket: job.jobId, Key: 'contested', Body }))),
    );
    const seen = await Promise.all(direct.map((one) => sha256Of(one, job.jobId, 'contested')));
    expect(new Set(seen).size).toBe(1);
    expect(versions.map(sha256)).toContain(seen[0]);
  }
});
