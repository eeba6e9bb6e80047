import { describe, expect, it } from 'vitest';
import { SharedRun } from './shared-run.js';

describe('SharedRun', () => {
  it('runs once more for all who come while it runs, and goes on after a failure', async () => {
    const begun: { end(): void; fail(): void }[] = [];
    const shared = new SharedRun(
      () => new Promise((resolve, reject) => begun.push({ end: resolve, fail: () => reject(new Error('failed')) })),
    );
    const first = shared.run();
    const others = [shared.run(), shared.run()];
    expect([begun.length, shared.awaited]).toEqual([1, others[0]]);
    begun[0]?.fail();
    await expect(first).rejects.toThrow('failed');
    await Promise.resolve();
    expect(begun).toHaveLength(2);
    begun[1]?.end();
    await Promise.all(others);
    expect(shared.awaited).toBeUndefined();
  });
});
