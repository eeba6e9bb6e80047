import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { authorityPem, localhostKeyPem, localhostPem } from '../support/certificates.js';
import { replicateScene, type Scene } from '../support/replicate-adapter.js';

const folder = mkdtempSync(join(tmpdir(), 'outbound-'));
const bundle = join(folder, 'ca.pem');
const api = createTlsServer({ key: localhostKeyPem, cert: localhostPem }, (_request, response) => {
  response.end(JSON.stringify({ results: [], next: null }));
});
const tunnels: string[] = [];
/** A proxy that tunnels, and says to where. */
const proxy = createServer().on('connect', (request, socket, head) => {
  tunnels.push(request.url ?? '');
  const [host = '', port = ''] = (request.url ?? '').split(':');
  const onward = connect(Number(port), host, () => {
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    onward.write(head);
    onward.pipe(socket).pipe(onward);
  });
  onward.on('error', () => socket.destroy());
  socket.on('error', () => onward.destroy());
});
const portOf = (server: { address(): unknown }): number => (server.address() as AddressInfo).port;

beforeAll(async () => {
  writeFileSync(bundle, authorityPem);
  api.listen(0, 'localhost');
  proxy.listen(0, '127.0.0.1');
  await Promise.all([once(api, 'listening'), once(proxy, 'listening')]);
});
afterAll(() => {
  for (const server of [api, proxy]) {
    server.closeAllConnections();
    server.close();
  }
  rmSync(folder, { recursive: true, force: true });
});

let scene: Scene;
beforeEach(async () => {
  scene = await replicateScene();
  tunnels.length = 0;
});

const adapterAt = (host: string, environment: Record<string, string> = {}) =>
  scene.connect({ REPLICATE_API_BASE_URL: `https://${host}:${portOf(api)}/v1`, ...environment });

describe('the way to a provider', () => {
  it('leads to a certificate of a private authority only once that is named', async () => {
    const adapter = adapterAt('localhost');
    await expect(adapter.list(1)).rejects.toThrow(
      /cannot be reached \((UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN)\)/,
    );
    scene.settings['ssl_ca_bundle'] = bundle;
    expect(await adapter.list(1)).toEqual([]);
    scene.settings['ssl_ca_bundle'] = '';
    await expect(adapter.list(1)).rejects.toThrow('cannot be reached');
    scene.settings['ssl_verify'] = false;
    expect(await adapter.list(1)).toEqual([]);
  });

  it('does not lead to a certificate for another name', async () => {
    scene.settings['ssl_ca_bundle'] = bundle;
    const adapter = adapterAt(
      api.address() !== null && (api.address() as AddressInfo).family === 'IPv6' ? '[::1]' : '127.0.0.1',
    );
    await expect(adapter.list(1)).rejects.toThrow('cannot be reached (ERR_TLS_CERT_ALTNAME_INVALID)');
  });

  it('goes through the proxy by a tunnel, with the same checks at its end, but not for the hosts of NO_PROXY', async () => {
    const adapter = adapterAt('localhost');
    scene.settings['proxy_url'] = `http://127.0.0.1:${portOf(proxy)}`;
    await expect(adapter.list(1)).rejects.toThrow('cannot be reached');
    scene.settings['ssl_ca_bundle'] = bundle;
    expect(await adapter.list(1)).toEqual([]);
    expect(new Set(tunnels)).toEqual(new Set([`localhost:${portOf(api)}`]));
    const before = tunnels.length;
    expect(await adapterAt('localhost', { NO_PROXY: 'example.com,localhost' }).list(1)).toEqual([]);
    expect(tunnels.length).toBe(before);
  });
});
