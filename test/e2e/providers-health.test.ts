import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ServerProcess } from '../support/server.js';

let server: ServerProcess;
beforeAll(async () => {
  server = await ServerProcess.start();
});
afterAll(() => server.dispose());

async function put(body: object): Promise<void> {
  expect((await server.send('PUT', '/api/cloud/providers/process', body)).status).toBe(200);
}

describe('the health of providers', () => {
  it('is told on wish, and degrades the server at most', async () => {
    const look = () =>
      server.json<{ components: { name: string; status: string; message: string }[] }>(
        '/api/cloud/health?include_providers=true',
      );
    const of = (components: { name: string }[]) => components.find(({ name }) => name === 'provider_process');
    await put({ command: ['no-such-trainer'] });
    await vi.waitFor(async () => expect(of((await look()).components)).toMatchObject({ status: 'degraded' }), 10_000);
    expect((await server.get('/api/cloud/health?include_providers=true')).status).toBe(200);
    await put({ command: ['true'] });
    await vi.waitFor(async () => expect(of((await look()).components)).toMatchObject({ status: 'healthy' }), 10_000);
    expect(of((await server.json<{ components: { name: string }[] }>('/api/cloud/health')).components)).toBeUndefined();
  });
});

describe('a provider that does not answer', () => {
  it('degrades the server, too', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const baseUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/v1`;
    const other = await ServerProcess.start({ env: { REPLICATE_API_TOKEN: 'r8_x', REPLICATE_API_BASE_URL: baseUrl } });
    try {
      const response = await other.get('/api/cloud/health?include_providers=true');
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ status: 'degraded' });
    } finally {
      await other.dispose();
      silent.closeAllConnections();
      silent.close();
    }
  });
});
