import { fork, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { newId } from '#libs/ids';
import { signWebhook } from '#libs/webhook-signature';
import { Keyring } from '../../src/config/index.js';
import { jobWebhookSecret } from '../../src/providers/job-webhook-secret.js';

const secretKey = randomBytes(32).toString('hex');
const home = mkdtempSync(join(tmpdir(), 'simpletuner-test-'));
let program: ChildProcess;
let origin: string;

beforeAll(async () => {
  program = fork(resolve('test/support/embedding-program.mjs'), {
    // Not those of the test runner, under which #libs would mean the sources.
    execArgv: [],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: {
      PATH: process.env['PATH'],
      SIMPLETUNER_HOME: home,
      SIMPLETUNER_PORT: '0',
      SIMPLETUNER_PUBLIC_PORT: '0',
      SIMPLETUNER_SECRET_KEY: secretKey,
      RATE_LIMIT_RULES: '[["^/api/cloud/exports/", 100, 60]]',
      RATE_LIMIT_SHADOW: 'webhooks',
    },
  });
  const ended = once(program, 'exit').then(([code]) => Promise.reject(new Error(`it ended with ${String(code)}`)));
  ended.catch(() => undefined);
  [origin] = (await Promise.race([once(program, 'message'), ended])) as [string];
});
afterAll(async () => {
  const ended = once(program, 'exit');
  program.disconnect();
  await ended;
  rmSync(home, { recursive: true, force: true });
});

interface Shadowed {
  readonly details: { readonly rule: string; readonly mode: string };
}

interface Rule {
  readonly name: string;
  readonly mode: string;
  readonly totals: { readonly shadowed: number };
}

interface Sent {
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

function send(method: string, path: string, address: string, { headers, body }: Sent = {}): Promise<Response> {
  return fetch(`${origin}${path}`, { method, headers: { 'X-Forwarded-For': address, ...headers }, body });
}

async function shadowed(address: string): Promise<string[]> {
  const answer = await fetch(`${origin}/api/audit?event_type=security.rate_limited&ip=${address}`);
  const { entries } = (await answer.json()) as { entries: Shadowed[] };
  return entries.filter(({ details }) => details.mode === 'shadow').map(({ details }) => details.rule);
}

async function rules(): Promise<readonly Rule[]> {
  const report = (await (await fetch(`${origin}/api/cloud/rate-limits`)).json()) as { rules: readonly Rule[] };
  return report.rules;
}

/** Requests that the rule would have refused, had it not been in shadow. */
async function shadowedUnder(name: string): Promise<number> {
  return (await rules()).find((rule) => rule.name === name)!.totals.shadowed;
}

describe('rate limits of a program that embeds the server', () => {
  it('come before those of the environment, with their period, method and name', async () => {
    const path = '/api/cloud/exports/one';
    const statuses: number[] = [];
    for (let times = 0; times < 3; times += 1) statuses.push((await send('POST', path, '203.0.113.1')).status);
    expect(statuses.map((status) => status === 429)).toEqual([false, false, true]);
    const refused = await send('POST', path, '203.0.113.1');
    expect(refused.headers.get('ratelimit-policy')).toBe('"exports";q=2;w=300');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(290);
    expect((await send('GET', path, '203.0.113.1')).headers.get('x-ratelimit-limit')).toBe('100');
  });

  it('say how many requests are allowed where no rule applies, and in which time', async () => {
    const answers = await Promise.all(Array.from({ length: 12 }, () => send('GET', '/api/anything', '203.0.113.2')));
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(3);
    expect(answers[0]?.headers.get('ratelimit-policy')).toBe('"default";q=9;w=30');
  });

  it('are listed with the others, and only count where they are in shadow', async () => {
    const address = '203.0.113.3';
    for (let times = 0; times < 4; times += 1)
      expect((await send('GET', '/api/cloud/watched', address)).status).not.toBe(429);
    await vi.waitFor(async () => expect(await shadowed(address)).toEqual(['custom-2']), { timeout: 10_000 });
    expect((await rules()).slice(0, 3).map(({ name, mode }) => [name, mode])).toEqual([
      ['exports', 'enforce'],
      ['custom-2', 'shadow'],
      ['custom-3', 'enforce'],
    ]);
    expect(await shadowedUnder('custom-2')).toBe(3);
  });
});

describe('webhooks while their rule is in shadow', () => {
  const jobId = newId();
  const deliver = (address: string, secret: string): Promise<Response> => {
    const body = '{"event":"progress"}';
    const headers = { ...signWebhook({ id: newId(), timeMs: Date.now(), body, secrets: [secret] }) };
    return send('POST', `/api/webhooks/process?job=${jobId}`, address, { headers, body });
  };

  it('are taken beyond the budget of their provider, and that is reported', async () => {
    const settings = { webhook_rate_limit_max: 3, webhook_rate_limit_window: 61 };
    const init = { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(settings) };
    expect((await fetch(`${origin}/api/cloud/providers/process`, init)).status).toBe(200);
    const address = '203.0.113.4';
    const secret = jobWebhookSecret(new Keyring(secretKey), jobId);
    const answers = await Promise.all(Array.from({ length: 6 }, () => deliver(address, secret)));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
    await vi.waitFor(async () => expect(await shadowed(address)).toEqual(['verified-webhooks']), { timeout: 10_000 });
  });

  it('that are forged are reported beyond the limit of their address, and those that are genuine are not', async () => {
    const address = '203.0.113.5';
    const forged = await Promise.all(
      Array.from({ length: 103 }, () => deliver(address, `whsec_${randomBytes(32).toString('base64')}`)),
    );
    expect(new Set(forged.map(({ status }) => status))).toEqual(new Set([401]));
    await vi.waitFor(async () => expect(await shadowed(address)).toEqual(['webhooks']), { timeout: 10_000 });
    expect(await shadowedUnder('webhooks')).toBe(3);
    expect((await deliver(address, jobWebhookSecret(new Keyring(secretKey), jobId))).status).toBe(200);
    expect(await shadowedUnder('webhooks')).toBe(3);
  });
});
