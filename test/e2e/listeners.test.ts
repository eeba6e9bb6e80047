import Sqlite from 'better-sqlite3';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'node:http';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { ServerProcess } from '../support/server.js';
import { freePort } from '../support/servers.js';

const disposables: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const dispose of disposables.splice(0).reverse()) await dispose();
});

async function start(env: Record<string, string> = {}): Promise<ServerProcess> {
  const server = await ServerProcess.start({ env });
  disposables.push(() => server.dispose());
  return server;
}

describe('the public listener', () => {
  it('offers a stranger the narrow surface, and a local caller everything', async () => {
    const server = await start({ SIMPLETUNER_PUBLIC_PORT: String(await freePort()) });
    const stranger = { headers: { 'X-Forwarded-For': '203.0.113.7' } };
    const status = async (path: string, init: RequestInit = {}): Promise<number> =>
      (await fetch(`${server.public}${path}`, init)).status;
    expect(await status('/api/cloud/health', stranger)).toBe(200);
    expect(await status('/api/cloud/health/ready', stranger)).toBe(200);
    expect(await status('/api/webhooks/process', { ...stranger, method: 'POST', body: '{}' })).toBe(401);
    for (const path of [
      '/api/cloud/jobs',
      '/api/audit',
      '/api/docs',
      '/api/auth/api-keys',
      '/api/cloud/healthy',
      '/',
    ]) {
      expect(await status(path, stranger), path).toBe(404);
    }
    expect(await status('/api/audit')).toBe(200);
  });
});

describe('starting', () => {
  it('tells people where everything is and three commands to try, and the addresses are right', async () => {
    const server = await start();
    const told = await vi.waitUntil(
      () => /SimpleTuner Cloud Server is ready\.[\s\S]*?Next:\n((?: {2}.+\n)+)/.exec(server.log),
      { timeout: 10_000 },
    );
    expect(told[0]).toContain(server.home);
    expect(told[1]?.trim().split('\n')).toHaveLength(3);
    const addresses = [...told[0].matchAll(/http:\/\/\S+/g)].map(([address]) => address);
    const ours = addresses.filter((address) => address.startsWith(server.ops));
    expect(ours.length).toBeGreaterThanOrEqual(4);
    for (const address of ours) expect([address, (await fetch(address)).status]).toEqual([address, 200]);
  });

  it('says that the port is taken, by what setting another is chosen, and ends', async () => {
    const first = await start();
    const second = ServerProcess.start({ env: { SIMPLETUNER_PORT: new URL(first.ops).port } });
    await expect(second).rejects.toThrow(/ended with 1[\s\S]*Port \d+ on 127\.0\.0\.1 is taken[\s\S]*SIMPLETUNER_PORT/);
    expect(await first.json('/api/cloud/health/ready')).toEqual({ status: 'ready' });
  });

  it('is not started beside another one that takes itself for the only one: each would take up the jobs of the other', async () => {
    const first = await start();
    const second = (env: Record<string, string>) => ServerProcess.start({ home: first.home, env });
    const refused = /ended with 1[\s\S]*Another process works with the records[\s\S]*SIMPLETUNER_WORKERS/;
    await expect(second({})).rejects.toThrow(refused);
    const key = { SIMPLETUNER_SECRET_KEY: 'k'.repeat(40) };
    await expect(second({ SIMPLETUNER_REPLICAS: '2', ...key })).rejects.toThrow(refused);
    expect(await first.json('/api/cloud/health/ready')).toEqual({ status: 'ready' });
    await first.kill();
    const next = await second({});
    expect(await next.json('/api/cloud/health/ready')).toEqual({ status: 'ready' });
    await next.terminate();
  });

  it('names every fault of the configuration at once', async () => {
    const faulty = ServerProcess.start({
      env: { SIMPLETUNER_PORT: 'eighty', SIMPLETUNER_PUBLIC_URL: 'http://example.com', SIMPLETUNER_LOG_LEVEL: 'LOUD' },
    });
    await expect(faulty).rejects.toThrow(
      /SIMPLETUNER_PORT: "eighty" is not allowed[\s\S]*SIMPLETUNER_LOG_LEVEL: "LOUD"/,
    );
  });

  it('refuses several replicas without a common master key', async () => {
    await expect(ServerProcess.start({ env: { SIMPLETUNER_REPLICAS: '3' } })).rejects.toThrow(
      /SIMPLETUNER_SECRET_KEY: must be set/,
    );
  });

  it('says that the database cannot be reached, without its password', async () => {
    const port = await freePort();
    const failing = ServerProcess.start({
      env: { SIMPLETUNER_DATABASE_URL: `postgres://me:hunter2@127.0.0.1:${port}/jobs` },
    });
    await expect(failing).rejects.toThrow(
      /The database postgres:\/\/127\.0\.0\.1:\d+\/jobs cannot be opened \(ECONNREFUSED\)/,
    );
    await failing.catch((error: unknown) => expect(String(error)).not.toContain('hunter2'));
  });
});

describe('starting in an unlucky place', () => {
  const folder = mkdtempSync(join(tmpdir(), 'simpletuner-home-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(['with space', '100% é', 'a#b?c', '%41'])('works in a home called "%s"', async (name) => {
    const home = join(folder, name);
    const server = await ServerProcess.start({ home });
    disposables.push(() => server.dispose());
    expect(existsSync(join(home, 'config', 'cloud', 'jobs.db'))).toBe(true);
  });

  it('says what is wrong with a home that is a file, and with a certificate that is none', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, 'no folder, and no certificate');
    await expect(ServerProcess.start({ env: { SIMPLETUNER_HOME: file } })).rejects.toThrow(
      /neither be read nor made \(ENOTDIR\): check SIMPLETUNER_HOME/,
    );
    const tls = {
      SIMPLETUNER_PUBLIC_PORT: String(await freePort()),
      SIMPLETUNER_SSL_CERT: file,
      SIMPLETUNER_SSL_KEY: file,
    };
    await expect(ServerProcess.start({ env: tls })).rejects.toThrow(/cannot be used[\s\S]*check SIMPLETUNER_SSL_CERT/);
  });

  it('refuses records that a newer version has changed', async () => {
    const server = await start();
    await server.terminate();
    const database = new Sqlite(join(server.home, 'config', 'cloud', 'jobs.db'));
    database.exec("INSERT INTO migrations (timestamp, name) VALUES (29990101000000, 'Future29990101000000')");
    database.close();
    await expect(server.restart()).rejects.toThrow(/newer version of this server \(it has Future29990101000000\)/);
  });
});

describe('stopping', () => {
  it('turns not ready at once, finishes the request in flight, and ends with 0', async () => {
    const server = await start({ SIMPLETUNER_DRAIN_SECONDS: '60' });
    const body = JSON.stringify({ name: 'slow' });
    const slow = request(`${server.ops}/api/auth/api-keys`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'Content-Length': body.length },
    });
    const answered = new Promise<number | undefined>((resolve, reject) => {
      slow.on('response', (response) => resolve(response.resume().statusCode)).on('error', reject);
    });
    slow.write(body.slice(0, 3));
    await new Promise((resolve) =>
      slow.once('socket', (socket) => (socket.connecting ? socket.once('connect', resolve) : resolve(undefined))),
    );
    const exit = server.terminate();
    let ready = await server.get('/api/cloud/health/ready');
    while (ready.status === 200) ready = await server.get('/api/cloud/health/ready');
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ status: 'not_ready', detail: 'The server is shutting down' });
    expect(ready.headers.get('connection')).toBe('close');
    expect(await server.json('/api/cloud/health/live')).toEqual({ status: 'ok' });
    expect(await server.json('/api/cloud/health/startup')).toEqual({ status: 'started' });
    slow.end(body.slice(3));
    expect(await answered).toBe(201);
    // A second signal ends the wait for the load balancers.
    await server.terminate();
    expect(await exit).toBe(0);
    await expect(server.get('/api/cloud/health')).rejects.toThrow();
  });
});
