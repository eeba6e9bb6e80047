import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type DetailedPeerCertificate } from 'node:tls';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../support/servers/free-port.js';
import { requireBinary } from '../support/servers/binaries.js';
import { ServerProcess } from '../support/server.js';

const stranger = { 'X-Forwarded-For': '203.0.113.7' };
/** What a stranger may reach (contract §1). */
const SURFACE = /^\/api\/(webhooks|cloud\/storage|cloud\/health)(\/|$)/;
const openssl = requireBinary('openssl', 'openssl');

interface Answer {
  readonly status: number;
  readonly detail: string | undefined;
}

async function ask(
  origin: string,
  method: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(origin + path, { method, headers, redirect: 'manual' });
  const isStream = (response.headers.get('content-type') ?? '').startsWith('text/event-stream');
  if (isStream) await response.body?.cancel();
  const text = isStream ? '' : await response.text();
  const isJson = (response.headers.get('content-type') ?? '').startsWith('application/json');
  const { detail } = (isJson && text !== '' ? JSON.parse(text) : {}) as { detail?: string };
  return { status: response.status, detail };
}

describe('the surface of the public listener, route by route', () => {
  const NOTHING = 'There is nothing at this address.';
  let server: ServerProcess;
  let routes: { method: string; path: string }[];
  beforeAll(async () => {
    const port = String(await freePort());
    server = await ServerProcess.start({ env: { SIMPLETUNER_PUBLIC_PORT: port, RATE_LIMIT_CALLS: '0' } });
    const { paths } = await server.json<{ paths: Record<string, object> }>('/api/docs/openapi.json');
    routes = Object.entries(paths).flatMap(([template, methods]) => {
      const path = template.replace('{provider}', 'process').replaceAll(/\{\w+\}/g, 'x');
      return Object.keys(methods).map((method) => ({ method: method.toUpperCase(), path }));
    });
    routes.push(...['GET /api/docs', 'GET /api/cloud/storage', 'PUT /api/cloud/storage/b/k'].map((route) => {
      const [method = '', path = ''] = route.split(' ');
      return { method, path };
    })); // prettier-ignore
  });
  afterAll(() => server.dispose());

  it('hides everything else from a stranger', async () => {
    expect(routes.length).toBeGreaterThan(40);
    for (const { method, path } of routes) {
      const { status, detail } = await ask(server.public, method, path, stranger);
      const route = `${method} ${path}`;
      if (SURFACE.test(path)) expect(detail, route).not.toBe(NOTHING);
      else expect([status, detail], route).toEqual([404, NOTHING]);
    }
  });

  it('hides nothing from who calls from this machine', async () => {
    for (const { method, path } of routes) {
      // What these do is not to be done here.
      if (method === 'DELETE') continue;
      expect((await ask(server.public, method, path)).detail, `${method} ${path}`).not.toBe(NOTHING);
    }
  });

  it('cannot be left by another spelling of a path', async () => {
    const { hostname, port } = new URL(server.public);
    const raw = (path: string): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const sent = request({ hostname, port, path, headers: stranger }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        sent.on('error', reject).end();
      });
    for (const path of [
      '/api/cloud/health/../jobs', '/api/cloud/health/..%2fjobs', '/api/webhooks/%2e%2e/audit', '//api/audit', '/API/AUDIT',
      '/api/cloud/healthy', '/api/cloud/health;/../../audit', '/api/audit?x=/api/webhooks/', 'http://localhost/api/audit',
    ]) expect([400, 401, 403, 404], path).toContain(await raw(path)); // prettier-ignore
  });
});

describe('TLS on the public listener', () => {
  const folder = mkdtempSync(join(tmpdir(), 'simpletuner-tls-'));
  const live = join(folder, 'live');
  const cert = join(live, 'fullchain.pem');
  const key = join(live, 'privkey.pem');
  let server: ServerProcess;
  let port: number;

  /** A pair in the archive, as certbot keeps them. */
  function make(name: string, days: number): void {
    const files = ['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.pem`)];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
    execFileSync(openssl, ['req', '-x509', ...curve, '-days', String(days), ...files, ...subject], { stdio: 'ignore' });
  }

  /** As certbot renews: the links in `live` are replaced, one after the other. */
  function link(certificate: string, privateKey = certificate): void {
    for (const [path, target] of [
      [cert, `../${certificate}.pem`],
      [key, `../${privateKey}.key`],
    ] as const) {
      symlinkSync(target, `${path}.new`);
      renameSync(`${path}.new`, path);
    }
  }

  function shown(): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', rejectUnauthorized: false }, () => {
        resolve((socket.getPeerCertificate() as DetailedPeerCertificate).serialNumber);
        socket.destroy();
      });
      socket.on('error', reject);
    });
  }

  function serialOf(name: string): string {
    const output = execFileSync(openssl, ['x509', '-in', join(folder, `${name}.pem`), '-noout', '-serial']).toString();
    return output.trim().replace('serial=', '');
  }

  async function health(): Promise<{ status: string; message: string }> {
    const report = await server.json<{ components: { name: string; status: string; message: string }[] }>(
      '/api/cloud/health',
    );
    const found = report.components.find(({ name }) => name === 'certificate');
    return { status: found?.status ?? '', message: found?.message ?? '' };
  }

  async function handshake(version: string): Promise<string> {
    const args = ['s_client', '-connect', `127.0.0.1:${port}`, version, '-cipher', 'DEFAULT@SECLEVEL=0'];
    const run = promisify(execFile)(openssl, args);
    run.child.stdin?.end();
    return run.then(
      ({ stdout }) => stdout,
      (error: unknown) => {
        const { stdout, stderr } = error as { stdout: string; stderr: string };
        return `failed ${stdout} ${stderr}`;
      },
    );
  }

  beforeAll(async () => {
    mkdirSync(live);
    make('first', 90);
    make('second', 90);
    make('short', 3);
    link('first');
    port = await freePort();
    server = await ServerProcess.start({
      env: { SIMPLETUNER_PUBLIC_PORT: String(port), SIMPLETUNER_SSL_CERT: cert, SIMPLETUNER_SSL_KEY: key },
    });
  });
  afterAll(async () => {
    await server.dispose();
    rmSync(folder, { recursive: true });
  });

  it('speaks 1.2 and 1.3, and nothing older', async () => {
    expect(server.public).toBe(`https://127.0.0.1:${port}`);
    expect(await handshake('-tls1_1')).toMatch(/failed[\s\S]*(protocol version|no protocols available)/);
    expect(await handshake('-tls1_2')).toMatch(/Protocol\s*: TLSv1\.2|New, TLSv1\.2/);
    expect(await handshake('-tls1_3')).toMatch(/New, TLSv1\.3/);
  });

  it('shows a renewed certificate without a restart', async () => {
    expect(await shown()).toBe(serialOf('first'));
    link('second');
    await vi.waitFor(async () => expect(await shown()).toBe(serialOf('second')), { timeout: 20_000, interval: 200 });
    expect(await health()).toMatchObject({
      status: 'healthy',
      message: expect.stringMatching(/^Valid until 20/) as string,
    });
  });

  it('goes on with the former certificate while the new pair cannot be used, and says so', async () => {
    link('first', 'second');
    await vi.waitFor(async () => expect((await health()).status).toBe('degraded'), { timeout: 20_000, interval: 200 });
    expect((await health()).message).toMatch(/cannot be used \(.*MISMATCH.*\); the former is valid until/);
    expect(await shown()).toBe(serialOf('second'));
    writeFileSync(join(folder, 'broken.pem'), 'no certificate');
    link('broken', 'first');
    await vi.waitFor(async () => expect((await health()).message).not.toContain('MISMATCH'), {
      timeout: 20_000,
      interval: 200,
    });
    expect(await shown()).toBe(serialOf('second'));
    link('first');
    await vi.waitFor(async () => expect(await shown()).toBe(serialOf('first')), { timeout: 20_000, interval: 200 });
    expect((await health()).status).toBe('healthy');
  });

  it('says when the certificate is about to expire', async () => {
    link('short');
    await vi.waitFor(async () => expect((await health()).status).toBe('degraded'), { timeout: 20_000, interval: 200 });
    expect((await health()).message).toMatch(/^Valid until 20/);
  });

  it('hangs up on who connects and never shakes hands, and serves others meanwhile', async () => {
    const socket = connectTcp(port, '127.0.0.1');
    const hungUp = new Promise<void>((resolve) => socket.once('close', () => resolve()).on('error', () => undefined));
    expect(await shown()).toBe(serialOf('short'));
    await hungUp;
  });
});
