import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTrainerEvent } from './trainer-events.js';

const base = { job_id: 'its own', severity: 'info', timestamp: '2026-11-23T20:00:00Z' };

describe('parseTrainerEvent', () => {
  it('reads a stage, and does not take the end of one for the end of the run', () => {
    const stage = (key: string, status: string) => ({
      ...base,
      type: 'lifecycle.stage',
      title: 'Loading models',
      message: 'two of four',
      stage: { key, label: 'Loading models', status, progress: { label: 'x', current: 2, total: 4, percent: 50 } },
    });
    expect(parseTrainerEvent(stage('model_load', 'running'))).toEqual({
      progress: { stage: 'Loading models', current: 2, total: 4, percent: 50, message: 'two of four' },
    });
    const done = parseTrainerEvent(stage('model_load', 'completed'));
    expect(done?.note).toBe('Stage done: Loading models');
    expect(done?.endHint).toBeUndefined();
    expect(parseTrainerEvent(stage('training_complete', 'completed'))?.endHint).toBe('completed');
  });

  it('reads progress, checkpoints, faults and messages', () => {
    expect(
      parseTrainerEvent({
        ...base,
        type: 'training.status',
        data: { status: 'running' },
        progress: { current: 3, total: 12 },
      }),
    ).toEqual({ progress: { stage: 'Training', current: 3, total: 12, percent: 25, message: null } });
    expect(
      parseTrainerEvent({ ...base, type: 'training.checkpoint', checkpoint: { path: '/x/checkpoint-500' } }),
    ).toEqual({
      note: 'checkpoint-500 saved',
    });
    expect(
      parseTrainerEvent({
        ...base,
        type: 'gpu.fault',
        fault: { type: 'thermal', gpu: { index: 0 }, action_taken: 'paused' },
      }),
    ).toEqual({ note: 'GPU fault: thermal, paused' });
    expect(parseTrainerEvent({ ...base, type: 'error', title: 'Training failed', message: 'NaN loss' })).toEqual({
      note: 'Error: Training failed: NaN loss',
    });
    expect(parseTrainerEvent({ ...base, type: 'notification', message: 'hello' })).toEqual({ note: 'hello' });
  });

  it('never ends a job: a failure is a hint, and no event carries a status', () => {
    const failed = parseTrainerEvent({ ...base, type: 'training.status', data: { status: 'failed' } });
    expect(failed).toEqual({ endHint: 'failed', note: 'The trainer reports a failure' });
  });

  it('withstands any JSON', () => {
    const member = fc.constantFrom(
      'type',
      'stage',
      'key',
      'label',
      'status',
      'progress',
      'current',
      'total',
      'percent',
      'data',
      'message',
    );
    const word = fc.constantFrom(
      'lifecycle.stage',
      'training.status',
      'training.checkpoint',
      'failed',
      'completed',
      'error',
      'gpu.fault',
    );
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof({ maxDepth: 4 }, fc.jsonValue(), word, fc.double(), fc.dictionary(member, tie('json'))),
    }));
    fc.assert(
      fc.property(json, (body) => {
        const report = parseTrainerEvent(body);
        expect(report?.status).toBeUndefined();
        if (report?.note !== undefined) expect(report.note.length).toBeLessThan(1_000);
        if (report?.progress?.percent != null) expect(report.progress.percent).toBeLessThanOrEqual(100);
      }),
      { numRuns: 500 },
    );
  });

  it.each([undefined, null, 7, 'text', [], {}, { type: 'unheard.of' }])('says nothing of %j', (body) => {
    expect(parseTrainerEvent(body)).toBeUndefined();
  });
});
