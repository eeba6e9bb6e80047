import { beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../clock/index.js';
import {
  DenyCache,
  NearLimit,
  openStateBackend,
  SlidingWindow,
  type StateBackend,
  type WindowAnswer,
} from './index.js';

/** Passes on and counts how often the store was asked. */
class CountingWindow extends SlidingWindow {
  asked = 0;

  constructor(private readonly inner: SlidingWindow) {
    super();
  }

  override hit(key: string, limit: number, windowMs: number, cost?: number): Promise<WindowAnswer> {
    this.asked += 1;
    return this.inner.hit(key, limit, windowMs, cost);
  }

  override peek(key: string, limit: number, windowMs: number): Promise<WindowAnswer> {
    return this.inner.peek(key, limit, windowMs);
  }

  override refund(key: string, hit: WindowAnswer): Promise<void> {
    return this.inner.refund(key, hit);
  }

  override reset(key: string): Promise<void> {
    return this.inner.reset(key);
  }
}

let clock: ManualClock;
let backend: StateBackend;
beforeEach(async () => {
  clock = new ManualClock();
  backend = await openStateBackend({ kind: 'memory', url: '', poolSize: 1, timeoutMs: 1, keyPrefix: '', clock });
});

describe('DenyCache', () => {
  let store: CountingWindow;
  let window: DenyCache;
  beforeEach(() => {
    store = new CountingWindow(backend.window);
    window = new DenyCache(store, clock);
  });

  it('answers a denied key as the store would, without asking it, until the window moves', async () => {
    await window.hit('k', 2, 1_000);
    clock.advance(100);
    await window.hit('k', 2, 1_000);
    await window.hit('k', 2, 1_000);
    expect(store.asked).toBe(3);
    for (let passedMs = 0; passedMs < 900; passedMs += 1) {
      expect(await window.hit('k', 2, 1_000)).toEqual(await backend.window.hit('k', 2, 1_000));
      clock.advance(1);
    }
    expect(store.asked).toBe(3);
    expect((await window.hit('k', 2, 1_000)).allowed).toBe(true);
    expect(store.asked).toBe(4);
  });

  it('asks for another rule and for a smaller cost, which may fit', async () => {
    await window.hit('k', 4, 1_000, 2);
    expect((await window.hit('k', 4, 1_000, 3)).allowed).toBe(false);
    expect((await window.hit('k', 4, 1_000, 4)).allowed).toBe(false);
    expect(store.asked).toBe(2);
    expect((await window.hit('k', 9, 1_000, 3)).allowed).toBe(true);
    expect((await window.hit('other', 4, 1_000, 1)).allowed).toBe(true);
    expect((await window.hit('k', 6, 1_000, 1)).allowed).toBe(true);
    expect(store.asked).toBe(5);
  });

  it('forgets a denial when the key is reset or refunded here', async () => {
    const hit = await window.hit('k', 1, 1_000);
    await window.hit('k', 1, 1_000);
    await window.refund('k', hit);
    expect((await window.hit('k', 1, 1_000)).allowed).toBe(true);
    await window.hit('k', 1, 1_000);
    await window.reset('k');
    expect((await window.hit('k', 1, 1_000)).allowed).toBe(true);
  });

  it('remembers a bounded number of keys', async () => {
    for (let key = 0; key <= 10_000; key += 1) await window.hit(`k${key}`, 1, 1_000);
    for (let key = 0; key <= 10_000; key += 1) await window.hit(`k${key}`, 1, 1_000);
    store.asked = 0;
    await window.hit('k10000', 1, 1_000);
    expect(store.asked).toBe(0);
    await window.hit('k0', 1, 1_000);
    expect(store.asked).toBe(1);
  });
});

describe('NearLimit', () => {
  it('lists the keys nearest their limit, of every process, with what the store counts now', async () => {
    const here = new NearLimit(backend.window, backend.store, clock, 'here');
    const there = new NearLimit(backend.window, backend.store, clock, 'there');
    await here.hit('ip:quiet', 10, 60_000);
    await here.hit('ip:half', 10, 60_000, 5);
    await there.hit('ip:full', 10, 60_000, 10);
    await there.hit('user:full', 10, 60_000, 10);
    await here.hit('ip:half', 10, 60_000, 2);
    const top = await here.top('ip:', 10);
    expect(top.map(({ key, usage }) => [key, usage.count, usage.remaining])).toEqual([
      ['ip:full', 10, 0],
      ['ip:half', 7, 3],
    ]);
    expect(await here.top('ip:', 1)).toHaveLength(1);
    clock.advance(60_000);
    expect(await here.top('', 10)).toEqual([]);
    expect(await backend.store.fields('near-limit')).toEqual(new Map());
  });

  it('passes everything on', async () => {
    const window = new NearLimit(backend.window, backend.store, clock, 'here');
    const hit = await window.hit('k', 2, 1_000, 2);
    await window.refund('k', hit);
    expect((await window.peek('k', 2, 1_000)).count).toBe(0);
    await window.hit('k', 2, 1_000);
    await window.reset('k');
    expect((await window.peek('k', 2, 1_000)).count).toBe(0);
    expect(await window.top('', 5)).toEqual([]);
  });
});
