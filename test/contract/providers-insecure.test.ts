import { describe, expect, it } from 'vitest';
import { ManualClock } from '#libs/clock';
import { Lifecycle } from '#libs/worker';
import { InsecureWatch } from '../../src/providers/index.js';
import { ProviderRegistry } from '../../src/providers/provider-registry.js';
import { settingsWorld } from '../support/provider-settings.js';

const DAY_MS = 86_400_000;
const actor = { id: 'local', userId: 'local', address: '127.0.0.1' };
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function scene(environment: Record<string, string> = {}) {
  const clock = new ManualClock(Date.UTC(2026, 10, 25));
  const world = await settingsWorld(environment, clock);
  const lifecycle = new Lifecycle();
  const watch = new InsecureWatch(
    new ProviderRegistry([world.replicate().adapter]),
    world.settings,
    world.base,
    lifecycle,
  );
  const put = (change: object) =>
    world.settings.change({ provider: 'replicate', change: { ...change }, ifVersions: undefined, actor });
  const look = () => world.settings.describe('replicate');
  return { clock, lifecycle, watch, put, look, ...world };
}

describe('a provider whose certificates are not verified', () => {
  it('is named, and verified again after a day, which is audited once', async () => {
    const { clock, lifecycle, watch, put, look, audit, settings } = await scene();
    await put({ ssl_verify: '' });
    expect(await watch.insecureProviders()).toEqual([]);
    const off = await put({ ssl_verify: false });
    expect(off).toMatchObject({ isInsecure: true, sslVerifyExpiresAtMs: clock.now() + DAY_MS });
    expect(audit.events.at(-1)).toMatchObject({
      type: 'provider.configured',
      details: { changed: ['ssl_verify'], unverified_until: '2026-11-26T00:00:00.000Z' },
    });
    expect(await watch.insecureProviders()).toEqual(['replicate']);
    await lifecycle.start();
    clock.advance(DAY_MS - 1);
    await turn();
    expect((await settings.get('replicate')).ssl_verify).toBe(false);
    clock.advance(2_000);
    expect((await settings.get('replicate')).ssl_verify).toBe(true);
    expect(await look()).toMatchObject({ isInsecure: false, sslVerifyExpiresAtMs: null });
    expect(await watch.insecureProviders()).toEqual([]);
    const [before, version] = [audit.events.length, (await look()).version];
    for (let round = 0; round < 4; round += 1) {
      clock.advance(30_000);
      for (let time = 0; time < 50; time += 1) await turn();
    }
    expect(audit.events.slice(before)).toMatchObject([
      { type: 'provider.configured', actor: { id: 'system' }, details: { changed: ['ssl_verify'] } },
    ]);
    expect((await look()).version).toBe(version + 1);
    await lifecycle.stop();
  });

  it('stays so for another day when somebody says it again, and not by other changes', async () => {
    const { clock, put, look, audit } = await scene();
    await put({ ssl_verify: false });
    const firstMs = (await look()).sslVerifyExpiresAtMs!;
    clock.advance(3_600_000);
    await put({ http_timeout: 31 });
    expect((await look()).sslVerifyExpiresAtMs).toBe(firstMs);
    await put({ ssl_verify: false });
    expect((await look()).sslVerifyExpiresAtMs).toBe(firstMs + 3_600_000);
    expect(audit.events.at(-1)).toMatchObject({ details: { changed: ['ssl_verify'] } });
    expect(await put({ ssl_verify: true })).toMatchObject({ isInsecure: false, sslVerifyExpiresAtMs: null });
    await put({ ssl_verify: '', http_timeout: '' });
  });

  it('cannot be given another end from outside', async () => {
    const { put } = await scene();
    await expect(put({ ssl_verify_expires_at_ms: 9e15 })).rejects.toMatchObject({ code: 'validation_error' });
  });

  it('stays so as long as the environment says so', async () => {
    const { watch, look } = await scene({ SIMPLETUNER_SSL_VERIFY: 'false' });
    expect(await look()).toMatchObject({ isInsecure: true, sslVerifyExpiresAtMs: null });
    expect(await watch.insecureProviders()).toEqual(['replicate']);
  });

  it('was insecure before there was an end: then a day after its last change', async () => {
    const { clock, database, settings, look } = await scene();
    const stored = { fields: JSON.stringify({ ssl_verify: false }), at: clock.now() - DAY_MS + 5_000 };
    await database.run((manager) =>
      manager.query(
        `UPDATE provider_settings SET fields = '${stored.fields}', updated_at_ms = ${stored.at} WHERE provider = 'replicate'`,
      ),
    );
    expect((await settings.get('replicate')).ssl_verify).toBe(false);
    clock.advance(6_000);
    expect((await settings.get('replicate')).ssl_verify).toBe(true);
    expect(await settings.endInsecurePeriod('replicate')).toBe(true);
    expect((await look()).isInsecure).toBe(false);
  });
});
