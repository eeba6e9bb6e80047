import { describe, expect, it } from 'vitest';
import { ManualClock } from '#libs/clock';
import { HealthRegistry, type Finding } from './health.registry.js';

const well: Finding = { status: 'healthy', message: 'Fine' };

describe('HealthRegistry', () => {
  it('asks a dependency that hangs once, however often it is looked at, and again when it has answered', async () => {
    const clock = new ManualClock();
    const registry = new HealthRegistry(clock);
    const answers: ((finding: Finding) => void)[] = [];
    registry.add('disk', () => new Promise((resolve) => answers.push(resolve)), {
      timeoutMs: 500,
      isNeededToServe: true,
    });
    const look = async (): Promise<string | undefined> => {
      clock.advance(1_000);
      const seen = registry.obstacles();
      // The look waits for its time-out by now.
      await Promise.resolve();
      clock.advance(500);
      return (await seen)[0];
    };
    for (let turn = 0; turn < 5; turn += 1) expect(await look()).toBe('disk: No answer within 500 ms');
    expect(answers).toHaveLength(1);
    answers[0]!(well);
    await new Promise(setImmediate);
    clock.advance(1_000);
    const seen = registry.obstacles();
    answers[1]!(well);
    expect(await seen).toEqual([]);
    expect(answers).toHaveLength(2);
  });

  it('asks again when a question seems to be lost, and heeds no late answer to that one', async () => {
    const clock = new ManualClock();
    const registry = new HealthRegistry(clock);
    const answers: ((finding: Finding) => void)[] = [];
    registry.add('database', () => new Promise((resolve) => answers.push(resolve)), {
      timeoutMs: 500,
      isNeededToServe: true,
    });
    const look = async (): Promise<string[]> => {
      const seen = registry.obstacles();
      await Promise.resolve();
      clock.advance(500);
      return seen;
    };
    expect(await look()).toHaveLength(1);
    clock.advance(29_000);
    expect(await look()).toHaveLength(1);
    expect(answers).toHaveLength(1);
    clock.advance(1_000);
    expect(await look()).toHaveLength(1);
    expect(answers).toHaveLength(2);
    answers[0]!({ status: 'unhealthy', message: 'Long ago' });
    await new Promise(setImmediate);
    clock.advance(1_000);
    const seen = registry.obstacles();
    answers[1]!(well);
    expect(await seen).toEqual([]);
    expect(answers).toHaveLength(2);
  });

  it('takes a check that throws for unhealthy, and shows nobody why', async () => {
    const registry = new HealthRegistry(new ManualClock());
    registry.add('database', () => Promise.reject(new Error('password=hunter2')), { isNeededToServe: true });
    expect(await registry.obstacles()).toEqual(['database: The check failed; the log has the details']);
    expect(await registry.components(false)).toMatchObject([{ name: 'database', status: 'unhealthy' }]);
  });
});
