import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request, type ClientRequest, type IncomingMessage } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newId } from '#libs/ids';
import { signWebhook } from '#libs/webhook-signature';
import { Keyring } from '../../src/config/index.js';
import { jobWebhookSecret } from '../../src/providers/job-webhook-secret.js';
import { ServerProcess } from '../support/server.js';
import { startJob, type StorageJob } from '../support/storage-job.js';

interface AuditPage {
  readonly entries: readonly {
    readonly event_type: string;
    readonly ip: string;
    readonly details: Readonly<Record<string, unknown>>;
  }[];
}
interface RateLimits {
  readonly rules: readonly { readonly name: string; readonly mode: string; readonly totals: Record<string, number> }[];
  readonly keys: readonly { readonly key: string; readonly count: number; readonly limit: number }[];
  readonly store: { readonly backend: string; readonly is_available: boolean };
}

const secretKey = randomBytes(32).toString('hex');
let server: ServerProcess;
let hosts = 0;

/** An address that no other test uses. */
function freshAddress(): string {
  hosts += 1;
  return `198.51.${100 + Math.floor(hosts / 250)}.${(hosts % 250) + 1}`;
}

function send(method: string, path: string, address: string, headers: Record<string, string> = {}, body?: string) {
  return fetch(`${server.ops}${path}`, {
    method,
    headers: { 'X-Forwarded-For': address, ...headers },
    ...(body !== undefined && { body }),
  });
}

/** The statuses of requests that are sent at once. */
async function statuses(count: number, request: () => Promise<Response>): Promise<number[]> {
  const responses = await Promise.all(Array.from({ length: count }, request));
  return responses.map(({ status }) => status);
}

function count(codes: readonly number[], code: number): number {
  return codes.filter((each) => each === code).length;
}

function numberOf(response: Response, header: string): number {
  return Number(response.headers.get(header) ?? NaN);
}

beforeAll(async () => {
  server = await ServerProcess.start({
    env: {
      SIMPLETUNER_SECRET_KEY: secretKey,
      SIMPLETUNER_PUBLIC_PORT: '0',
      RATE_LIMIT_RULES:
        '[["^/api/cloud/expensive$", 2, 300, ["POST"]], ["^/api/cloud/public$", 7, 60, null], ["^/api/shadowed$", 3, 60]]',
      RATE_LIMIT_SHADOW: 'custom-3',
    },
  });
});
afterAll(() => server.dispose());

/** The body and headers that the guide prints; they agree with each other, and with a window that has just begun. */
async function expectRefusal(response: Response, periodSeconds: number, promised: object = {}): Promise<void> {
  expect(response.headers.get('content-type')).toContain('application/json');
  expect(await response.json()).toEqual({
    ...promised,
    detail: 'Rate limit exceeded. Please try again later.',
    error: 'rate_limit_exceeded',
    request_id: response.headers.get('x-request-id'),
  });
  expect(numberOf(response, 'x-ratelimit-remaining')).toBe(0);
  const retryAfter = numberOf(response, 'retry-after');
  expect(retryAfter).toBeGreaterThan(periodSeconds - 20);
  expect(retryAfter).toBeLessThanOrEqual(periodSeconds);
  const reset = numberOf(response, 'x-ratelimit-reset');
  expect(Math.abs(reset - (Date.now() / 1_000 + retryAfter))).toBeLessThanOrEqual(5);
}

describe('the table of rate limits', () => {
  it.each([
    ['POST', '/api/auth/login', 5],
    ['POST', '/api/auth/register', 3],
    ['POST', '/api/auth/api-keys', 10],
    ['POST', '/api/cloud/jobs', 20],
    ['POST', '/api/cloud/jobs/submit', 20],
    ['POST', '/api/cloud/jobs/0199-a/cancel', 30],
    ['POST', '/api/webhooks/replicate', 100],
    ['GET', '/api/webhooks/replicate', 100],
    ['PUT', '/api/cloud/storage/bucket/key', 50],
    ['GET', '/api/cloud/storage/', 50],
    ['GET', '/api/quotas/', 30],
    ['DELETE', '/api/quotas/7', 30],
    ['GET', '/api/auth/login', 100],
    ['GET', '/api/cloud/jobs', 100],
    ['GET', '/api/no/such/route', 100],
    ['POST', '/api/cloud/expensive', 2],
    ['POST', '/api/cloud/public', 7],
  ])('%s %s: %i requests, then 429', async (method, path, limit) => {
    const address = freshAddress();
    const responses = await Promise.all(Array.from({ length: limit + 3 }, () => send(method, path, address)));
    const refused = responses.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(3);
    const period = path === '/api/cloud/expensive' ? 300 : 60;
    for (const response of responses) {
      expect(numberOf(response, 'x-ratelimit-limit')).toBe(limit);
      expect(response.headers.get('ratelimit-policy')).toMatch(new RegExp(`^"[\\w-]+";q=${limit};w=${period}$`));
    }
    const left = responses
      .filter(({ status }) => status !== 429)
      .map((each) => numberOf(each, 'x-ratelimit-remaining'));
    expect(left.sort((a, b) => a - b)).toEqual(Array.from({ length: limit }, (_, index) => index));
    // Every failed submission says so in this field, too (contract §5).
    const promised = method === 'POST' && /^\/api\/cloud\/jobs(\/submit)?$/.test(path) ? { success: false } : {};
    for (const response of refused) await expectRefusal(response, period, promised);
    expect((await send(method, path, freshAddress())).status).not.toBe(429);
  });

  it('counts both addresses of a submit together, and each rule for itself', async () => {
    const address = freshAddress();
    await statuses(10, () => send('POST', '/api/cloud/jobs', address));
    await statuses(10, () => send('POST', '/api/cloud/jobs/submit', address));
    expect((await send('POST', '/api/cloud/jobs', address)).status).toBe(429);
    expect((await send('GET', '/api/cloud/jobs', address)).status).toBe(401);
  });

  it.each(['/API/Auth/LOGIN', '/api/auth/login/', '/api/auth/login?x=1'])(
    'cannot be walked around by writing the address as %s',
    async (path) => {
      const address = freshAddress();
      await statuses(5, () => send('POST', '/api/auth/login', address));
      expect((await send('POST', path, address)).status).toBe(429);
    },
  );

  it('takes the /64 of an IPv6 caller for one, and its neighbours for others', async () => {
    for (const host of ['1', '2', 'ffff:ffff:ffff:ffff', '9', 'a'])
      await send('POST', '/api/auth/login', `2001:db8:1:1:${host.includes(':') ? host : `:${host}`}`);
    expect((await send('POST', '/api/auth/login', '2001:db8:1:1::77')).status).toBe(429);
    expect((await send('POST', '/api/auth/login', '2001:db8:1:2::77')).status).not.toBe(429);
  });

  it('counts a rule in shadow and reports it, and refuses nobody', async () => {
    const address = freshAddress();
    const codes = await statuses(5, () => send('POST', '/api/shadowed', address));
    expect(count(codes, 429)).toBe(0);
    const { rules } = await server.json<RateLimits>('/api/cloud/rate-limits');
    expect(rules.find(({ name }) => name === 'custom-3')).toMatchObject({
      mode: 'shadow',
      totals: { allowed: 3, refused: 0, shadowed: 2 },
    });
  });
});

describe('an answer', () => {
  it('over the limit is the body of the contract, says truly how long to wait, and has every security header', async () => {
    const address = freshAddress();
    await statuses(5, () => send('POST', '/api/auth/login', address));
    const beforeMs = Date.now();
    const response = await send('POST', '/api/auth/login', address);
    expect(response.status).toBe(429);
    expect(response.headers.get('content-type')).toContain('application/json');
    expect(await response.json()).toEqual({
      detail: 'Rate limit exceeded. Please try again later.',
      error: 'rate_limit_exceeded',
      request_id: response.headers.get('x-request-id'),
    });
    const retryAfter = numberOf(response, 'retry-after');
    expect(retryAfter).toBeGreaterThan(45);
    expect(retryAfter).toBeLessThanOrEqual(60);
    const reset = numberOf(response, 'x-ratelimit-reset');
    expect(Math.abs(reset - (beforeMs / 1_000 + retryAfter))).toBeLessThanOrEqual(2);
    expect(numberOf(response, 'x-ratelimit-remaining')).toBe(0);
    expect(response.headers.get('ratelimit')).toBe(`"login";r=0;t=${retryAfter}`);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('x-correlation-id')).not.toBeNull();
  });

  it('over the limit comes before the body: none is asked for, and none is waited for', async () => {
    const address = freshAddress();
    await statuses(5, () => send('POST', '/api/auth/login', address));
    const headers = { 'X-Forwarded-For': address, 'Content-Type': 'application/json', 'Content-Length': 1_000_000 };
    for (const expectation of [{ Expect: '100-continue' }, {}]) {
      const asked = request(`${server.ops}/api/auth/login`, {
        method: 'POST',
        headers: { ...headers, ...expectation },
      });
      let isBodyWanted = false;
      asked.on('continue', () => (isBodyWanted = true)).on('error', () => undefined);
      asked.flushHeaders();
      const [response] = (await once(asked, 'response')) as [IncomingMessage];
      expect([response.statusCode, isBodyWanted]).toEqual([429, false]);
      asked.destroy();
    }
  });

  it('frees what a window held as that window moves on, and not before', async () => {
    const quick = await ServerProcess.start({ env: { RATE_LIMIT_CALLS: '3', RATE_LIMIT_PERIOD: '2' } });
    try {
      const ask = () => fetch(`${quick.ops}/api/x`, { headers: { 'X-Forwarded-For': '203.0.113.1' } });
      expect(count(await statuses(3, ask), 429)).toBe(0);
      const refused = await ask();
      expect([refused.status, numberOf(refused, 'retry-after') <= 2]).toEqual([429, true]);
      await vi.waitUntil(async () => (await ask()).status !== 429, { timeout: 10_000, interval: 50 });
      expect(Date.now()).toBeGreaterThanOrEqual((numberOf(refused, 'x-ratelimit-reset') - 1) * 1_000);
    } finally {
      await quick.dispose();
    }
  });

  it('to an excluded read tells what is left and takes nothing', async () => {
    const address = freshAddress();
    await statuses(4, () => send('GET', '/api/anything', address));
    for (const path of [
      '/health',
      '/api/cloud/health',
      '/api/cloud/health/live',
      '/api/cloud/hints',
      '/static/app.js',
      '/api/users/me',
      '/api/cloud/providers',
      '/api/events',
    ]) {
      // prettier-ignore
      const responses = await Promise.all(Array.from({ length: 30 }, () => send('GET', path, address)));
      for (const response of responses) {
        expect([path, response.status]).not.toEqual([path, 429]);
        expect([path, numberOf(response, 'x-ratelimit-limit')]).toEqual([path, 100]);
        expect([path, numberOf(response, 'x-ratelimit-remaining')]).toEqual([path, 96]);
      }
    }
  });

  it.each([
    ['POST', '/api/cloud/providers'],
    ['GET', '/api/cloud/providers/process'],
    ['GET', '/api/users/me/'],
    ['GET', '/api/cloud/healthy'],
  ])('to %s %s is counted: exclusions are exact, and reads only', async (method, path) => {
    const address = freshAddress();
    await send(method, path, address);
    expect(numberOf(await send(method, path, address), 'x-ratelimit-remaining')).toBe(98);
  });

  it('to a preflight takes nothing; any other OPTIONS does', async () => {
    const address = freshAddress();
    const preflight = { Origin: 'https://example.org', 'Access-Control-Request-Method': 'POST' };
    expect(numberOf(await send('OPTIONS', '/api/x', address, preflight), 'x-ratelimit-remaining')).toBe(100);
    expect(numberOf(await send('OPTIONS', '/api/x', address), 'x-ratelimit-remaining')).toBe(99);
  });

  it('to a program on this machine is never a 429, in production it is', async () => {
    const local = () => server.get('/api/no/such/route');
    const codes = await statuses(105, local);
    expect(count(codes, 429)).toBe(0);
    expect(numberOf(await local(), 'x-ratelimit-remaining')).toBe(100);
    const production = await ServerProcess.start({ env: { NODE_ENV: 'production', RATE_LIMIT_CALLS: '4' } });
    try {
      expect(count(await statuses(6, () => production.get('/api/no/such/route')), 429)).toBe(2);
    } finally {
      await production.dispose();
    }
  });

  it('has no limits at all where RATE_LIMIT_CALLS is 0', async () => {
    const open = await ServerProcess.start({ env: { RATE_LIMIT_CALLS: '0' } });
    try {
      const ask = () =>
        fetch(`${open.ops}/api/auth/login`, { method: 'POST', headers: { 'X-Forwarded-For': '203.0.113.1' } });
      expect(count(await statuses(20, ask), 429)).toBe(0);
      expect((await ask()).headers.get('x-ratelimit-limit')).toBeNull();
    } finally {
      await open.dispose();
    }
  });
});

describe('what operators see', () => {
  it('is one audit row per caller and window, with a count, not one per refusal', async () => {
    const address = freshAddress();
    await statuses(30, () => send('POST', '/api/auth/login', address, { 'User-Agent': 'guesser/1.0' }));
    const rows = async () => (await server.json<AuditPage>(`/api/audit?event_type=rate_limited&ip=${address}`)).entries;
    await vi.waitUntil(async () => (await rows()).length > 0, { timeout: 10_000 });
    expect(await rows()).toHaveLength(1);
    expect((await rows())[0]).toMatchObject({
      event_type: 'security.rate_limited',
      ip: address,
      details: { address, endpoint: '/api/auth/login', method: 'POST', user_agent: 'guesser/1.0', rule: 'login' },
    });
  });

  it('is the rules in their order and the callers nearest their limit', async () => {
    const address = freshAddress();
    await statuses(3, () => send('POST', '/api/auth/register', address));
    const report = await server.json<RateLimits>('/api/cloud/rate-limits?limit=100');
    expect(report.rules.map(({ name }) => name)).toEqual([
      'custom-1', 'custom-2', 'custom-3', 'login', 'register', 'api-keys', 'submit', 'cancel', 'webhooks', 'storage', 'quotas',
      'default',
    ]); // prettier-ignore
    expect(report.keys).toContainEqual(
      expect.objectContaining({ key: `register:${address}`, count: 3, limit: 3, remaining: 0 }),
    );
    expect(report.store).toMatchObject({ backend: 'sqlite', is_available: true });
    expect((await send('GET', '/api/cloud/rate-limits', freshAddress())).status).toBe(401);
  });
});

describe('a webhook', () => {
  const jobId = newId();
  const path = `/api/webhooks/process?job=${jobId}`;

  function deliver(address: string, secret: string): Promise<Response> {
    const body = '{"event":"progress"}';
    const headers = signWebhook({ id: newId(), timeMs: Date.now(), body, secrets: [secret] });
    return send('POST', path, address, { 'Content-Type': 'application/json', ...headers }, body);
  }
  const genuine = (address: string) => deliver(address, jobWebhookSecret(new Keyring(secretKey), jobId));
  const forged = (address: string) => deliver(address, `whsec_${randomBytes(32).toString('base64')}`);

  it('that is genuine is counted on its provider and not on its address', async () => {
    const address = freshAddress();
    expect(count(await statuses(150, () => genuine(address)), 200)).toBe(150);
    const response = await genuine(address);
    expect(numberOf(response, 'x-ratelimit-limit')).toBe(6_000);
    expect(response.headers.get('ratelimit-policy')).toBe('"verified-webhooks";q=6000;w=60');
    expect(numberOf(await send('GET', path, address), 'x-ratelimit-remaining')).toBe(99);
  });

  it('that is forged is refused as any other after 100, and a genuine one behind the same address is not', async () => {
    const address = freshAddress();
    const codes = await statuses(130, () => forged(address));
    expect([count(codes, 401), count(codes, 429)]).toEqual([100, 30]);
    expect((await genuine(address)).status).toBe(200);
    expect((await send('POST', path, address, {}, '{}')).status).toBe(429);
  });

  it('that is genuine is refused once its provider has used up what it may', async () => {
    const settings = (calls: number) =>
      server.send('PUT', '/api/cloud/providers/process', {
        webhook_rate_limit_max: calls,
        webhook_rate_limit_window: 61,
      });
    expect((await settings(4)).status).toBe(200);
    const address = freshAddress();
    const codes = await statuses(7, () => genuine(address));
    expect([count(codes, 200), count(codes, 429)]).toEqual([4, 3]);
    expect((await settings(6_000)).status).toBe(200);
  });

  describe('to a provider that requires no signature', () => {
    const settings = (isRequired: boolean) =>
      server.send('PUT', '/api/cloud/providers/process', { webhook_require_signature: isRequired });
    const received = async () => {
      const { deliveries } = await server.json<{ deliveries: { ip: string }[] }>(
        '/api/cloud/webhooks/deliveries?limit=500',
      );
      return (address: string) => deliveries.filter(({ ip }) => ip === address).length;
    };
    beforeAll(async () => expect((await settings(false)).status).toBe(200));
    afterAll(async () => expect((await settings(true)).status).toBe(200));

    it('is refused, and not kept, after 100 although a signature was made up for it', async () => {
      const address = freshAddress();
      const codes = await statuses(130, () => forged(address));
      expect([count(codes, 200), count(codes, 429)]).toEqual([100, 30]);
      await expectRefusal(await forged(address), 60);
      expect((await received())(address)).toBe(100);
    });

    it('is counted on the provider and not on its address when its signature holds', async () => {
      const address = freshAddress();
      expect(count(await statuses(101, () => genuine(address)), 200)).toBe(101);
      const response = await genuine(address);
      expect(response.headers.get('ratelimit-policy')).toMatch(/^"verified-webhooks";q=6000;/);
      expect(numberOf(await send('GET', path, address), 'x-ratelimit-remaining')).toBe(99);
    });
  });
});

it('bounds what forgers behind one address make the server examine', async () => {
  const address = freshAddress();
  const key = 'x'.repeat(43);
  const ask = () => send('PUT', `/api/cloud/storage/${newId()}/k`, address, { 'X-Upload-Token': key });
  await statuses(50, () => send('GET', '/api/cloud/storage/none', address));
  const examined = new Set<string>();
  for (let round = 0; round < 11; round += 1) {
    for (const code of await statuses(100, ask)) examined.add(String(code));
  }
  expect([...examined]).toEqual(['429']);
  const { keys } = await server.json<RateLimits>('/api/cloud/rate-limits?limit=100');
  expect(keys.find(({ key: name }) => name === `storage:${address}:proofs`)).toMatchObject({
    count: 1_000,
    limit: 1_000,
  });
});

describe('a storage request', () => {
  let job: StorageJob;
  beforeAll(async () => {
    job = await startJob(server);
  });
  const put = (address: string, secret: string) =>
    send('PUT', `/api/cloud/storage/${job.jobId}/file-${newId()}`, address, { 'X-Upload-Token': secret }, 'content');

  it('with the credentials of its job is counted on the job and not on its address', async () => {
    const address = freshAddress();
    await statuses(50, () => send('GET', '/api/cloud/storage/none', address));
    for (let round = 0; round < 3; round += 1) {
      expect(count(await statuses(25, () => put(address, job.secretAccessKey)), 200)).toBe(25);
    }
    const response = await put(address, job.secretAccessKey);
    expect(response.headers.get('ratelimit-policy')).toBe('"uploads";q=6000;w=60');
    expect((await put(address, 'y'.repeat(43))).status).toBe(429);
  });

  it('beyond what its job may ask is told to slow down, as S3 does', async () => {
    const settings = (calls: number) =>
      server.send('PUT', '/api/cloud/providers/process', { s3_rate_limit_max: calls, s3_rate_limit_window: 61 });
    expect((await settings(3)).status).toBe(200);
    const address = freshAddress();
    const responses = await Promise.all(Array.from({ length: 5 }, () => put(address, job.secretAccessKey)));
    expect(responses.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 200, 200, 503, 503]);
    const slow = responses.find(({ status }) => status === 503)!;
    expect(await slow.text()).toContain('<Code>SlowDown</Code>');
    expect(numberOf(slow, 'retry-after')).toBeGreaterThan(40);
    expect((await settings(6_000)).status).toBe(200);
  });

  it('waits its turn when 64 of its job are in flight', async () => {
    const begun: ClientRequest[] = Array.from({ length: 64 }, (_, index) => {
      const upload = request(`${server.ops}/api/cloud/storage/${job.jobId}/slow-${index}`, {
        method: 'PUT',
        headers: { 'X-Upload-Token': job.secretAccessKey, 'Content-Length': 10, Expect: '100-continue' },
      });
      upload.on('error', () => undefined);
      upload.flushHeaders();
      return upload;
    });
    await Promise.all(
      begun.map((upload) => new Promise((resolve) => upload.once('continue', () => resolve(undefined)))),
    );
    const local = () =>
      server.get(`/api/cloud/storage/${job.jobId}?list-type=2`, { headers: { 'X-Upload-Token': job.secretAccessKey } });
    const refused = await local();
    expect([refused.status, await refused.text()]).toEqual([503, expect.stringContaining('<Code>SlowDown</Code>')]);
    for (const upload of begun) upload.destroy();
    await vi.waitUntil(async () => (await local()).status === 200, { timeout: 10_000, interval: 50 });
  });
});
