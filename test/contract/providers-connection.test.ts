import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EgressGuard } from '#libs/outbound';
import { ConnectionTest, type ConnectionReport } from '../../src/providers/index.js';
import { ProviderRegistry } from '../../src/providers/provider-registry.js';
import { ReplicateDouble } from '../support/replicate-double.js';
import { settingsWorld } from '../support/provider-settings.js';
import { startInspectingProxy, type InspectingProxy } from '../support/inspecting-proxy.js';
import { startTinyProxy, type TinyProxy } from '../support/tinyproxy.js';
import {
  expiredIdentity,
  inspectionAuthorityPem,
  localhostIdentity,
  otherHostIdentity,
  privateAuthorityPem,
} from '../support/tls-identities.js';

const folder = mkdtempSync(join(tmpdir(), 'connection-'));
const pem = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const ours = pem('ours.pem', privateAuthorityPem);
const inspectors = pem('inspectors.pem', inspectionAuthorityPem);

let good: ReplicateDouble;
let proxy: TinyProxy;
let lockedProxy: TinyProxy;
let refusingProxy: TinyProxy;
let inspecting: InspectingProxy;
beforeAll(async () => {
  [good, proxy, lockedProxy, refusingProxy, inspecting] = await Promise.all([
    ReplicateDouble.start(localhostIdentity),
    startTinyProxy(),
    startTinyProxy('BasicAuth someone opensesame'),
    startTinyProxy('ConnectPort 1'),
    startInspectingProxy(),
  ]);
});
afterAll(() => {
  for (const each of [proxy, lockedProxy, refusingProxy]) each.stop();
  inspecting.close();
  rmSync(folder, { recursive: true, force: true });
});

const said: string[] = [];

/** The report on the way to `baseUrl` under `settings`; what is stored is not touched. */
async function tried(
  baseUrl: string,
  settings: object = {},
  environment: Record<string, string> = {},
): Promise<ConnectionReport & { names: string[]; last: { detail: string; address?: string } }> {
  const world = await settingsWorld({
    REPLICATE_API_TOKEN: ReplicateDouble.token,
    REPLICATE_API_BASE_URL: baseUrl,
    ...environment,
  });
  const { adapter, connections } = world.replicate();
  const test = new ConnectionTest(new ProviderRegistry([adapter]), world.settings, new EgressGuard(), world.base);
  const report = await test.run('replicate', { ...settings });
  await connections.stop();
  said.push(JSON.stringify(report));
  return { ...report, names: report.steps.map(({ name }) => name), last: report.steps.at(-1)! };
}

describe('the way to a provider, step by step', () => {
  it('is open over a private authority once that is named', async () => {
    const untrusted = await tried(good.baseUrl);
    expect(untrusted).toMatchObject({ isOk: false, names: ['dns', 'tcp', 'tls'] });
    expect(untrusted.last.detail).toContain('unknown authority: “Private test authority”');
    expect(untrusted.hint).toContain('ssl_ca_bundle');
    const trusted = await tried(good.baseUrl, { ssl_ca_bundle: ours });
    expect(trusted).toMatchObject({ isOk: true, names: ['dns', 'tcp', 'tls', 'http'] });
    expect(trusted.steps.every(({ isOk }) => isOk)).toBe(true);
    expect(trusted.steps[1]).toMatchObject({ address: '127.0.0.1' });
    expect(trusted.hint).toContain('accepts the token');
    const unverified = await tried(good.baseUrl, { ssl_verify: false });
    expect(unverified.isOk).toBe(true);
    expect(unverified.steps[2]!.detail).toContain('not looked at');
  });

  it('ends at an expired certificate and at one for another host', async () => {
    const expired = await tried((await ReplicateDouble.start(expiredIdentity)).baseUrl, { ssl_ca_bundle: ours });
    expect(expired).toMatchObject({ isOk: false, names: ['dns', 'tcp', 'tls'] });
    expect(expired.last.detail).toContain('not valid now (until Jan  1 00:00:00 2021 GMT)');
    const other = await tried((await ReplicateDouble.start(otherHostIdentity)).baseUrl, { ssl_ca_bundle: ours });
    expect(other).toMatchObject({ isOk: false, names: ['dns', 'tcp', 'tls'] });
    expect(other.last.detail).toContain('for another host than localhost');
    expect(other.last.detail).toContain('other.example.com');
  });

  it('leads through a proxy, by its credentials where it wants some', async () => {
    const plain = await tried(good.baseUrl, { proxy_url: `http://127.0.0.1:${proxy.port}`, ssl_ca_bundle: ours });
    expect(plain).toMatchObject({ isOk: true, names: ['tcp', 'proxy_connect', 'tls', 'http'] });
    expect(proxy.log()).toContain(`CONNECT ${new URL(good.baseUrl).host}`);
    const stranger = await tried(good.baseUrl, { proxy_url: `http://127.0.0.1:${lockedProxy.port}` });
    expect(stranger).toMatchObject({ isOk: false, names: ['tcp', 'proxy_connect'] });
    // tinyproxy answers 401 or 407, as its version has it.
    expect(stranger.last.detail).toMatch(/\((401|407)\)/);
    const known = await tried(good.baseUrl, {
      proxy_url: `http://someone:opensesame@localhost:${lockedProxy.port}`,
      ssl_ca_bundle: ours,
    });
    expect(known).toMatchObject({ isOk: true, names: ['dns', 'tcp', 'proxy_connect', 'tls', 'http'] });
  });

  it('ends at a proxy that refuses, at one that is not there, and at one that is none', async () => {
    const refused = await tried(good.baseUrl, { proxy_url: `http://127.0.0.1:${refusingProxy.port}` });
    expect(refused).toMatchObject({ isOk: false, names: ['tcp', 'proxy_connect'] });
    expect(refused.last.detail).toContain('forbids');
    const absent = await tried(good.baseUrl, { proxy_url: 'http://127.0.0.1:1' });
    expect(absent).toMatchObject({ isOk: false, names: ['tcp'] });
    expect(absent.last.detail).toBe('Nothing listens at 127.0.0.1:1 (connection refused)');
    expect(absent.hint).toContain('proxy_url');
    const unknown = await tried(good.baseUrl, { proxy_url: 'http://no-such-proxy.invalid:3128' });
    expect(unknown).toMatchObject({ isOk: false, names: ['dns'] });
    const mute = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
    await once(mute, 'listening');
    const none = await tried(good.baseUrl, { proxy_url: `http://127.0.0.1:${(mute.address() as AddressInfo).port}` });
    expect(none).toMatchObject({ isOk: false, names: ['tcp', 'proxy_connect'] });
    mute.close();
  });

  it('shows a proxy that inspects TLS by its authority, and leads through it once that is trusted', async () => {
    const seen = await tried(good.baseUrl, { proxy_url: inspecting.url, ssl_ca_bundle: ours });
    expect(seen).toMatchObject({ isOk: false, names: ['tcp', 'proxy_connect', 'tls'] });
    expect(seen.last.detail).toContain('“Example Corp TLS inspection”');
    expect(seen.hint).toContain('inspects TLS');
    expect(inspecting.seen).toEqual([]);
    const trusted = await tried(good.baseUrl, { proxy_url: inspecting.url, ssl_ca_bundle: inspectors });
    expect(trusted.isOk).toBe(true);
    expect(inspecting.seen).toEqual(['/v1/account']);
  });

  it.each(['NO_PROXY', 'no_proxy'])('leads past the proxy to the hosts of %s', async (name) => {
    const settings = { proxy_url: 'http://127.0.0.1:1', ssl_ca_bundle: ours };
    expect(await tried(good.baseUrl, settings, { [name]: 'localhost' })).toMatchObject({
      isOk: true,
      names: ['dns', 'tcp', 'tls', 'http'],
    });
  });

  it('says that the environment has the last word', async () => {
    const report = await tried(
      good.baseUrl,
      { proxy_url: 'http://127.0.0.1:1', ssl_ca_bundle: ours },
      {
        https_proxy: `http://127.0.0.1:${proxy.port}`,
      },
    );
    expect(report.isOk).toBe(true);
    expect(report.hint).toContain('The environment decides proxy_url');
  });

  it('tells a refused token and a strange answer from a way that is closed', async () => {
    const refused = await tried(good.baseUrl, { ssl_ca_bundle: ours }, { REPLICATE_API_TOKEN: 'r8_wrong_token_1234' });
    expect(refused).toMatchObject({ isOk: false, names: ['dns', 'tcp', 'tls', 'http'] });
    expect(refused.hint).toContain('refuses the token');
    const unset = await tried(good.baseUrl, { ssl_ca_bundle: ours }, { REPLICATE_API_TOKEN: '' });
    expect(unset.hint).toContain('no token is set');
    const strange = await tried(good.baseUrl.replace('/v1', '/elsewhere'), { ssl_ca_bundle: ours });
    expect(strange).toMatchObject({ isOk: false });
    expect(strange.hint).toContain('404');
  });

  it('refuses settings that could not be stored', async () => {
    await expect(tried(good.baseUrl, { http_timeout: -1 })).rejects.toMatchObject({ code: 'validation_error' });
    await expect(tried(good.baseUrl, { proxy_url: 'http://169.254.169.254' })).rejects.toMatchObject({
      code: 'validation_error',
    });
  });

  it('never told a credential', () => {
    expect(said.length).toBeGreaterThan(15);
    for (const secret of ['opensesame', ReplicateDouble.token, 'r8_wrong_token_1234'])
      expect(said.join()).not.toContain(secret);
  });
});
