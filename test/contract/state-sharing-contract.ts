import { beforeAll, describe, expect, it, vi } from 'vitest';
import { stateLimits, type StateBackend, type StateStore } from '#libs/state';
import type { BackendPlace, StateDriver } from './state-drivers.js';

const rocket = 'キー 🚀 𝒳';

/** What every driver promises of `StateStore` where processes meet: leases, messages, tables, prefixes, sweeping. */
export function stateSharingContract(driver: StateDriver): void {
  let place: BackendPlace;
  let backend: StateBackend;
  let store: StateStore;

  beforeAll(async () => {
    place = await driver.place();
    backend = await driver.open(place);
    store = backend.store;
  });

  describe(`StateStore over ${driver.kind}: leases`, () => {
    it('grants a lease to one of many, with a token that only grows', async () => {
      let lastToken = 0;
      for (let round = 0; round < 5; round += 1) {
        const asked = await Promise.all(
          Array.from({ length: 10 }, (_, index) => store.acquireLease('one', `h${index}`, 60_000)),
        );
        const granted = asked.filter((lease) => lease !== undefined);
        expect(granted).toHaveLength(1);
        const [lease] = granted;
        expect(lease?.token).toBeGreaterThan(lastToken);
        lastToken = lease?.token ?? 0;
        expect(lease && (await store.releaseLease(lease))).toBe(true);
      }
    });

    it('refuses who holds it already, renews for the holder, and ends for good', async () => {
      const lease = await store.acquireLease('held', 'me', 60_000);
      if (!lease) throw new Error('the lease was free');
      expect(lease).toMatchObject({ name: 'held', holder: 'me' });
      expect(await store.acquireLease('held', 'me', 60_000)).toBeUndefined();
      const renewed = await store.renewLease(lease, 120_000);
      expect(renewed?.token).toBe(lease.token);
      expect(renewed?.expiresAtMs).toBeGreaterThan(lease.expiresAtMs);
      expect(await store.renewLease({ ...lease, holder: 'you' }, 1_000)).toBeUndefined();
      expect(await store.renewLease({ ...lease, token: lease.token + 1 }, 1_000)).toBeUndefined();
      expect(await store.releaseLease({ ...lease, token: lease.token - 1 })).toBe(false);
      expect(await store.releaseLease(lease)).toBe(true);
      expect(await store.releaseLease(lease)).toBe(false);
      expect(await store.renewLease(lease, 1_000)).toBeUndefined();
    });

    it('lets another have what expired, and fences the one who slept', async () => {
      const slept = await store.acquireLease('fenced', 'sleeper', 50);
      if (!slept) throw new Error('the lease was free');
      const taken = await vi.waitUntil(() => store.acquireLease('fenced', 'next', 60_000), {
        timeout: 10_000,
        interval: 10,
      });
      expect(taken.token).toBeGreaterThan(slept.token);
      expect(await store.nowMs()).toBeGreaterThanOrEqual(slept.expiresAtMs);
      expect(await store.renewLease(slept, 60_000)).toBeUndefined();
      expect(await store.releaseLease(slept)).toBe(false);
    });

    it('survives the sweeper', async () => {
      const lease = await store.acquireLease('swept', 'me', 60_000);
      expect(lease && (await store.releaseLease(lease))).toBe(true);
      await backend.sweep();
      const again = await store.acquireLease('swept', 'me', 60_000);
      expect(again?.token).toBeGreaterThan(lease?.token ?? Infinity);
    });
  });

  describe(`StateStore over ${driver.kind}: messages`, () => {
    it('reach subscribers of their channel in every process, until they unsubscribe', async () => {
      const other = driver.kind === 'memory' ? backend : await driver.open(place);
      const here: string[] = [];
      const there: string[] = [];
      const elsewhere: string[] = [];
      const subscription = await store.subscribe(rocket, (message) => here.push(message));
      await other.store.subscribe(rocket, (message) => there.push(message));
      await other.store.subscribe(`${rocket}2`, (message) => elsewhere.push(message));
      const long = '🚀'.repeat(stateLimits.messageBytesMax / 4);
      for (const message of ['', 'a:b', `it's "quoted"`, long]) await store.publish(rocket, message);
      await vi.waitUntil(() => here.length >= 4 && there.length >= 4, { timeout: 20_000 });
      await subscription.unsubscribe();
      await other.store.publish(rocket, 'last');
      await vi.waitUntil(() => there.length >= 5, { timeout: 20_000 });
      expect(here).toEqual(['', 'a:b', `it's "quoted"`, long]);
      expect(there).toEqual([...here, 'last']);
      expect(elsewhere).toEqual([]);
    });
  });

  describe(`StateStore over ${driver.kind}: shared by processes`, () => {
    if (driver.kind !== 'memory') {
      it('creates its tables once when many start at the same moment on an empty store', async () => {
        const empty = await driver.place();
        const backends = await Promise.all(Array.from({ length: 6 }, () => driver.open(empty)));
        const sums = await Promise.all(backends.map((each) => each.store.increment('starts')));
        expect(Math.max(...sums)).toBe(6);
        await Promise.all(backends.map((each) => each.ping()));
      });
    }

    it('keeps installations with different prefixes apart', async () => {
      const neighbour = await driver.open({ ...place, keyPrefix: `${place.keyPrefix}other_%:` });
      await neighbour.store.set('mine', 'x');
      expect(await store.get('mine')).toBeUndefined();
      await neighbour.store.deleteByPrefix('');
      expect(await neighbour.store.get('mine')).toBeUndefined();
    });

    it('sweeps what has expired', async () => {
      const swept = await driver.open(await driver.place());
      const expiredMs = (await swept.store.nowMs()) - 1;
      await Promise.all(Array.from({ length: 30 }, (_, index) => swept.store.set(`old ${index}`, 'x', expiredMs)));
      await swept.store.set('alive', 'x');
      // Redis forgets by itself.
      expect(await swept.sweep()).toBe(driver.kind === 'redis' ? 0 : 30);
      expect(await swept.store.get('alive')).toBe('x');
    });
  });
}
