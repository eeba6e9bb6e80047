import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProviderReport } from '../providers/index.js';
import { jobStatuses } from '../providers/index.js';
import { decideMove } from './decide-move.js';
import { isTerminal, type Job } from './job.js';

const CREATED_MS = Date.UTC(2026, 10, 23);

function job(facts: Partial<Job> = {}): Job {
  return {
    jobId: '0190e0e0-0000-7000-8000-000000000001', jobType: 'cloud', provider: 'process', providerJobId: null, status: 'queued',
    configName: null, trackerRunName: null, userId: 'local', metadata: {}, createdAtMs: CREATED_MS, queuedAtMs: CREATED_MS,
    startedAtMs: null, isStartTold: false, completedAtMs: null, isCompletionTold: false, costUsd: null, estimatedCostUsd: null,
    hardwareProfile: null, hardwareType: null, errorMessage: null, outputUrl: null, progress: null, progressAtMs: null,
    lastLog: null, lastLogAtMs: null, correlationId: 'c', ...facts,
  }; // prettier-ignore
}

interface Told {
  readonly report: ProviderReport;
  readonly atMs: number;
}

const atMs = fc.integer({ min: CREATED_MS, max: CREATED_MS + 1_000 });
const progress = fc.record({
  stage: fc.constantFrom('Warmup', 'Training'),
  current: fc.option(fc.nat(5)),
  total: fc.option(fc.nat(5)),
  percent: fc.option(fc.double({ noNaN: true })),
  message: fc.option(fc.string()),
});
const common = {
  costUsd: fc.double({ min: 0, max: 50, noNaN: true }),
  startedAtMs: atMs,
  hardwareType: fc.string(),
  logs: fc.string(),
  progress,
};
const during = fc.record(
  { status: fc.constantFrom('queued' as const, 'running' as const, undefined), ...common },
  { requiredKeys: [] },
);

/** All reports of one run: any number on its way, and one kind of end, told any number of times. */
const history = fc.constantFrom('completed' as const, 'failed' as const, 'cancelled' as const).chain((end) => {
  const ending = fc.record(
    { status: fc.constant(end), completedAtMs: atMs, errorMessage: fc.string(), outputUrl: fc.string(), ...common },
    { requiredKeys: ['status'] },
  );
  return fc.tuple(
    fc.array(fc.record({ report: during, atMs }), { maxLength: 6 }),
    fc.array(fc.record({ report: ending, atMs }), { minLength: 1, maxLength: 3 }),
  );
});

function after(reports: readonly Told[], start = job()): Job {
  return reports.reduce((current, told) => decideMove(current, told.report, told.atMs).job, start);
}

describe('decideMove', () => {
  it('ends in the same job for every order and any repetition of the reports of one run', () => {
    const shuffled = history.chain(([before, ends]) => {
      const all: Told[] = [...before, ...ends];
      return fc.tuple(
        fc.constant(all),
        fc.shuffledSubarray(all, { minLength: all.length }),
        fc.array(fc.constantFrom(...all), { maxLength: 8 }),
      );
    });
    fc.assert(
      fc.property(shuffled, ([inOrder, permuted, repeated]) => {
        expect(after([...permuted, ...repeated])).toEqual(after(inOrder));
      }),
      { numRuns: 500 },
    );
  });

  it('never goes back, and never leaves an end', () => {
    const words = fc.constantFrom(...jobStatuses);
    fc.assert(
      fc.property(words, words, (from, to) => {
        const moved = decideMove(job({ status: from }), { status: to }, CREATED_MS).job.status;
        if (isTerminal(from)) expect(moved).toBe(from);
        else expect([from, to]).toContain(moved);
        expect(jobStatuses.indexOf(moved)).toBeGreaterThanOrEqual(isTerminal(from) ? 0 : jobStatuses.indexOf(from));
      }),
    );
  });

  it('goes from queued to completed when the poll has missed the running', () => {
    const report = { status: 'completed', startedAtMs: CREATED_MS + 5, completedAtMs: CREATED_MS + 9 } as const;
    expect(decideMove(job(), report, CREATED_MS + 60).job).toMatchObject({
      status: 'completed',
      startedAtMs: CREATED_MS + 5,
      completedAtMs: CREATED_MS + 9,
    });
  });

  it('changes nothing at all for a word that nobody knows', () => {
    const report = { rawStatus: 'defragmenting', costUsd: 5, errorMessage: 'x', providerJobId: 'p' };
    expect(decideMove(job(), report, CREATED_MS)).toEqual({ job: job(), changed: [] });
  });

  it('says which facts are new, and nothing the second time', () => {
    const report = { status: 'running', costUsd: 1, providerJobId: 'p' } as const;
    const first = decideMove(job(), report, CREATED_MS + 1);
    expect([...first.changed].sort()).toEqual(['costUsd', 'providerJobId', 'startedAtMs', 'status']);
    expect(decideMove(first.job, report, CREATED_MS + 2).changed).toEqual([]);
  });

  it('takes what the provider bills in the end, and no cost that is not one', () => {
    const cancelled = job({ status: 'cancelled', costUsd: 1 });
    expect(decideMove(cancelled, { status: 'completed', costUsd: 3, outputUrl: 'https://x/' }, 1).job).toEqual({
      ...cancelled,
      costUsd: 3,
    });
    for (const costUsd of [Number.NaN, -1, Infinity]) expect(decideMove(cancelled, { costUsd }, 1).changed).toEqual([]);
  });

  it('keeps every text storable: no NUL, no half characters, bounded', () => {
    const errorMessage = `a\0b\ud800${'x'.repeat(50_000)}`;
    const told = decideMove(job(), { status: 'failed', errorMessage }, CREATED_MS).job.errorMessage ?? '';
    expect(told.startsWith('ab\ufffdxx')).toBe(true);
    expect(told.length).toBe(8_000);
    expect(
      decideMove(job({ status: 'failed', errorMessage: told }), { status: 'failed', errorMessage }, 1).job.errorMessage,
    ).toBe(told);
  });

  it('shows the newest progress, whenever an older one arrives', () => {
    const told = (current: number) => ({
      progress: { stage: 'Training', current, total: 10, percent: current * 10, message: null },
    });
    const newest = decideMove(job(), told(5), CREATED_MS + 50).job;
    expect(decideMove(newest, told(4), CREATED_MS + 40).changed).toEqual([]);
  });
});
