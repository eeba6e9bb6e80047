import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeCircuit } from '../../libs/outbound/circuit-state.js';
import { SystemClock } from '#libs/clock';
import { openStateBackend, type StateBackend } from '#libs/state';
import { freshDatabase } from '../support/databases.js';

interface Answer {
  readonly isAdmitted: boolean;
  readonly report: { readonly state: string; readonly failuresTotal: number };
}

describe('a circuit that two processes share', () => {
  let processes: ChildProcess[];
  let backend: StateBackend;
  beforeAll(async () => {
    const place = { kind: 'sqlite', url: await freshDatabase('sqlite'), keyPrefix: 'st:' } as const;
    backend = await openStateBackend({ ...place, poolSize: 2, timeoutMs: 30_000, clock: new SystemClock() });
    processes = [0, 1].map(() => fork('test/support/circuit-process.mjs', [JSON.stringify(place)]));
    await Promise.all(processes.map((child) => once(child, 'message')));
  });
  afterAll(async () => {
    for (const child of processes) child.kill('SIGKILL');
    await backend.close();
  });

  async function call(which: number, outcome: boolean | null): Promise<Answer> {
    const child = processes[which]!;
    const answered = once(child, 'message');
    child.send(JSON.parse(JSON.stringify(outcome)) as boolean);
    return ((await answered) as [Answer])[0];
  }

  it('opens for both by the failures of both, and closes for both by the probes of both', async () => {
    for (const which of [0, 1, 0, 1]) expect(await call(which, false)).toMatchObject({ isAdmitted: true });
    expect(await call(0, false)).toMatchObject({ isAdmitted: true, report: { state: 'open', failuresTotal: 5 } });
    expect(await call(1, true)).toMatchObject({ isAdmitted: false, report: { state: 'open', failuresTotal: 5 } });
    // The minute is over.
    const open = await backend.store.get('circuit:replicate');
    const over = writeCircuit({ kind: 'open', untilMs: (await backend.store.nowMs()) - 1 });
    expect(await backend.store.compareAndSet('circuit:replicate', open, over)).toBe(true);
    const probes = [await call(0, null), await call(1, null), await call(0, null), await call(1, null)];
    expect(probes.map(({ isAdmitted }) => isAdmitted)).toEqual([true, true, true, false]);
  });

  it('lets three probes of many that come at the same moment through', async () => {
    const before = await backend.store.get('circuit:replicate');
    const over = writeCircuit({ kind: 'open', untilMs: (await backend.store.nowMs()) - 1 });
    expect(await backend.store.compareAndSet('circuit:replicate', before, over)).toBe(true);
    const answers: Answer[] = [];
    const isAll = new Promise<void>((resolve) => {
      for (const child of processes)
        child.on('message', (answer: Answer) => {
          if (answers.push(answer) === 12) resolve();
        });
    });
    for (let time = 0; time < 6; time += 1) for (const child of processes) child.send(null as unknown as boolean);
    await isAll;
    expect(answers.filter(({ isAdmitted }) => isAdmitted)).toHaveLength(3);
  });
});
