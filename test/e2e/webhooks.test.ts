import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { signWebhook } from '#libs/webhook-signature';
import { GatedJobs } from '../support/gated-jobs.js';
import { ServerProcess } from '../support/server.js';

const EVENT = JSON.stringify({ type: 'notification', title: 'hello' });
const PROVIDER = '/api/cloud/providers/process';

let server: ServerProcess;
let jobs: GatedJobs;
let jobId: string;
let secret: string;
let otherSecret: string;

beforeAll(async () => {
  server = await ServerProcess.start();
  jobs = await GatedJobs.on(server);
  jobId = await jobs.submit({ gate: 'end' });
  secret = (await jobs.environment(jobId))['SIMPLETUNER_WEBHOOK_SECRET'] ?? '';
  otherSecret = (await jobs.environment(await jobs.submit({ gate: 'end' })))['SIMPLETUNER_WEBHOOK_SECRET'] ?? '';
});

afterAll(async () => {
  jobs.open('end');
  await server.dispose();
});

interface Message {
  readonly body?: string | Buffer;
  readonly id?: string;
  readonly ageMs?: number;
  readonly signedWith?: string;
  readonly signedBody?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
}

/** A genuine delivery, but for what is given. */
function deliver(message: Message = {}): Promise<Response> {
  const { body = EVENT, id = randomUUID(), ageMs = 0, signedWith = secret, signedBody = body } = message;
  const signed = signWebhook({ id, timeMs: Date.now() - ageMs, body: signedBody, secrets: [signedWith] });
  const path = message.path ?? `/api/webhooks/process?job=${jobId}`;
  return server.get(path, { method: 'POST', headers: { ...signed, ...message.headers }, body });
}

async function refused(message: Message, status: number, error: string): Promise<Record<string, unknown>> {
  const before = await deliveries();
  const answer = await deliver(message);
  const body = (await answer.json()) as Record<string, unknown>;
  expect(answer.status, JSON.stringify(body)).toBe(status);
  expect(body).toMatchObject({ error, detail: expect.any(String) as string, request_id: expect.any(String) as string });
  expect(await deliveries()).toBe(before);
  return body;
}

async function deliveries(): Promise<number> {
  const page = await server.json<{ deliveries: unknown[] }>('/api/cloud/webhooks/deliveries?limit=500');
  return page.deliveries.length;
}

/** As many clients do, sends all of the body before it looks for an answer; resolves to the status. */
async function sendAllThenRead(body: Buffer, framing: 'content-length' | 'chunked'): Promise<number> {
  const socket = connect(Number(new URL(server.ops).port), '127.0.0.1');
  try {
    const length = framing === 'chunked' ? 'Transfer-Encoding: chunked' : `Content-Length: ${body.length}`;
    const head = `POST /api/webhooks/process?job=${jobId} HTTP/1.1\r\nHost: localhost\r\n${length}\r\n\r\n`;
    const [before, after] = framing === 'chunked' ? [`${body.length.toString(16)}\r\n`, '\r\n0\r\n\r\n'] : ['', ''];
    const sent = promisify((data: Buffer, done: (error?: Error | null) => void) => void socket.write(data, done));
    await sent(Buffer.concat([Buffer.from(head + before), body, Buffer.from(after)]));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return Number(answer.toString().split(' ')[1]);
  } finally {
    socket.destroy();
  }
}

function audited(reason: string): Promise<void> {
  return vi.waitFor(
    async () => {
      const path = '/api/audit?event_type=security.webhook_rejected&limit=500';
      const { entries } = await server.json<{ entries: unknown[] }>(path);
      expect(JSON.stringify(entries)).toContain(`"${reason}"`);
    },
    { timeout: 20_000, interval: 200 },
  );
}

describe('a webhook', () => {
  it('is received, told again as a duplicate, and has its effect once', async () => {
    const id = randomUUID();
    const body = JSON.stringify({ type: 'notification', title: `once ${id}` });
    const answers = await Promise.all([1, 2, 3, 4].map(() => deliver({ id, body })));
    const told = (await Promise.all(answers.map((answer) => answer.json()))) as { status: string }[];
    expect(told.map(({ status }) => status).sort()).toEqual(['duplicate', 'duplicate', 'duplicate', 'received']);
    // The same id a minute later and with another body: still the same message.
    expect(await (await deliver({ id, ageMs: 60_000 })).json()).toEqual({ status: 'duplicate' });
    await vi.waitFor(
      async () => {
        const notes = (await jobs.timeline(jobId)).filter(({ note }) => note === `once ${id}`);
        expect(notes).toHaveLength(1);
      },
      { timeout: 10_000 },
    );
  });

  it('is received at an absolute address, too, as forward proxies send it', async () => {
    const signed = signWebhook({ id: randomUUID(), timeMs: Date.now(), body: EVENT, secrets: [secret] });
    const headers = Object.entries({ ...signed, host: new URL(server.ops).host, 'content-length': EVENT.length });
    const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    const socket = connect(Number(new URL(server.ops).port), '127.0.0.1');
    try {
      socket.write(`POST ${server.ops}/api/webhooks/process?job=${jobId} HTTP/1.1\r\n${head}\r\n${EVENT}`);
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 /);
    } finally {
      socket.destroy();
    }
  });

  it('for a job that nobody knows proves nothing: every job has a secret of its own', async () => {
    const path = `/api/webhooks/process?job=${randomUUID()}`;
    await refused({ path }, 401, 'authentication_error');
  });
});

describe('a webhook that is not genuine', () => {
  it.each<[string, () => Message, string]>([
    ["another job's secret", () => ({ signedWith: otherSecret }), 'no_match'],
    ['a signature over another body', () => ({ signedBody: '{}' }), 'no_match'],
    ['a signature that is six minutes old', () => ({ ageMs: 360_000 }), 'timestamp_too_old'],
    ['a signature from the future', () => ({ ageMs: -360_000 }), 'timestamp_too_new'],
    ['no signature', () => ({ headers: { 'webhook-signature': '' } }), 'missing_header'],
    ['nonsense for a signature', () => ({ headers: { 'webhook-signature': 'v1,%%%' } }), 'no_match'],
    ['a signature reused under another id', () => ({ headers: { 'webhook-id': randomUUID() } }), 'no_match'],
  ])('is refused, audited and forgotten: %s', async (_, message, reason) => {
    const { detail } = await refused(message(), 401, 'authentication_error');
    expect(String(detail)).not.toContain(secret);
    await audited(reason);
  });

  it.each([
    ['an unknown provider', '/api/webhooks/nobody'],
    ['no provider', '/api/webhooks/'],
    ['a way out of the address', '/api/webhooks/process%2f..%2freplicate'],
  ])('finds nothing at the address of %s', async (_, path) => {
    await refused({ path }, 404, 'not_found');
  });
});

describe('a webhook that cannot be used', () => {
  it.each([
    ['broken JSON', '{"type":'],
    ['nothing', ''],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00])],
    ['null', 'null'],
    ['a list', '[{"type":"notification"}]'],
    ['a number', '7'],
  ])('is refused although it is signed: %s', async (_, body) => {
    await refused({ body }, 400, 'invalid_input');
  });

  it('is refused when it is larger than 10 MiB, whether or not it says so', async () => {
    const body = Buffer.alloc(10 * 1024 * 1024 + 1, ' ');
    await refused({ body }, 413, 'body_too_large');
    expect(await sendAllThenRead(body, 'content-length')).toBe(413);
    expect(await sendAllThenRead(body, 'chunked')).toBe(413);
    expect((await deliver()).status).toBe(200);
  });
});

describe('an event of a trainer, which signs nothing', () => {
  const event = (key: string | undefined, title: string, path = `/api/webhooks/process?job=${jobId}`) =>
    server.send('POST', path, { type: 'notification', title }, key === undefined ? {} : { 'X-API-Key': key });

  it('is taken with the key of its job alone, and counts once however often it is sent', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => event(secret, 'by key')));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    const told = (await Promise.all(answers.map((answer) => answer.json()))) as { status: string }[];
    expect(told.map(({ status }) => status).sort()).toEqual(['duplicate', 'duplicate', 'received']);
    await vi.waitFor(
      async () => expect((await jobs.timeline(jobId)).filter(({ note }) => note === 'by key')).toHaveLength(1),
      { timeout: 10_000 },
    );
  });

  it('is refused without a key, with that of another job, and with one that may do everything else', async () => {
    const made = await server.send('POST', '/api/auth/api-keys', { name: 'all', scopes: ['admin.config'] });
    const { key } = (await made.json()) as { key: string };
    const before = await deliveries();
    for (const wrong of [undefined, '', otherSecret, secret.toUpperCase(), `${secret} `.repeat(2), key])
      expect((await event(wrong, 'not taken')).status, wrong).toBe(401);
    expect((await event(secret, 'not taken', '/api/webhooks/process')).status).toBe(401);
    expect((await event(secret, 'not taken', '/api/webhooks/replicate')).status).toBe(401);
    expect(await deliveries()).toBe(before);
    await audited('key_mismatch');
  });
});

describe('the list of addresses', () => {
  const stranger = { 'X-Forwarded-For': '203.0.113.9' };

  it('refuses the others, and says to the operator that a genuine one was among them', async () => {
    await jobs.configure({ webhook_allowed_ips: ['198.51.100.0/24'], webhook_allowlist_mode: 'enforce' });
    await refused({}, 403, 'ip_not_allowed');
    await refused({ signedWith: otherSecret }, 403, 'ip_not_allowed');
    await audited('ip_not_allowed');
    const { entries } = await server.json<{ entries: unknown[] }>('/api/audit?event_type=security.webhook_unlisted_ip');
    expect(JSON.stringify(entries)).toContain('webhook_allowed_ips');
    await jobs.configure({ webhook_allowlist_mode: 'report_only' });
    expect((await deliver()).status).toBe(200);
    await jobs.configure({ webhook_allowed_ips: ['127.0.0.0/8'], webhook_allowlist_mode: 'enforce' });
    expect((await deliver()).status).toBe(200);
    // Loopback is a trusted proxy, so the address behind it is the one that counts.
    await refused({ headers: stranger }, 403, 'ip_not_allowed');
    await jobs.configure({ webhook_allowed_ips: [] });
    expect((await deliver({ headers: stranger })).status).toBe(200);
  });

  it('takes nobody for genuine who has signed nothing, although no signature is required', async () => {
    await jobs.configure({ webhook_allowed_ips: ['127.0.0.0/8'], webhook_require_signature: false });
    const unknown = { 'X-Forwarded-For': '203.0.113.10' };
    await refused({ signedWith: otherSecret, headers: unknown }, 403, 'ip_not_allowed');
    await jobs.configure({ webhook_allowed_ips: [], webhook_require_signature: true });
    await vi.waitFor(
      async () => {
        const path = '/api/audit?event_type=security.webhook_rejected&limit=500';
        const { entries } = await server.json<{ entries: { ip: string; details: object }[] }>(path);
        expect(entries.find(({ ip }) => ip === '203.0.113.10')?.details).toMatchObject({ is_signed: false });
      },
      { timeout: 20_000, interval: 200 },
    );
  });

  it('refuses a list with a bad entry as a whole, and names the entry', async () => {
    const bad = { webhook_allowed_ips: ['127.0.0.1', '300.1.1.1'] };
    const answer = await server.send('PUT', PROVIDER, bad);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain('300.1.1.1');
    expect((await deliver({ headers: stranger })).status).toBe(200);
  });
});
