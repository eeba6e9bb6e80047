import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lastLines, progressFromLog } from './trainer-log.js';

describe('progressFromLog', () => {
  it.each([
    ['[TRAINING] Step 1500/5000 (30.0%) loss=0.1', { stage: 'Training', current: 1500, total: 5000, percent: 30 }],
    ['Epoch 2/10', { stage: 'Training', current: 2, total: 10, percent: 20 }],
    ['preprocessing images', { stage: 'Preprocessing', percent: null }],
    ['Loading the text encoder', { stage: 'Preprocessing' }],
    ['Warming up the cache', { stage: 'Warmup' }],
    ['running warmup', { stage: 'Warmup' }],
    ['Validation images are being made', { stage: 'Validation' }],
    ['[CHECKPOINT] checkpoint-500 saved at step 500/1000', { stage: 'Saving checkpoint', percent: 50 }],
    ['[STAGE] data_prepare Preparing data (40.5%): 81 of 200', { stage: 'Preparing data', percent: 40.5 }],
    ['[STAGE] Loading models (250%): odd', { stage: 'Preprocessing', percent: 100 }],
    ['step 7/0', { stage: 'Training', current: 7, total: 0, percent: null }],
    ['step 9/3', { stage: 'Training', percent: 100 }],
  ])('reads %j', (line, expected) => {
    expect(progressFromLog(`${line}\n`)).toMatchObject(expected);
  });

  it('takes the newest line that tells, also one that a progress bar rewrites', () => {
    expect(progressFromLog('step 1/9\nstep 2/9\nsomething else\n')).toMatchObject({ current: 2 });
    expect(progressFromLog('step 1/9\rstep 2/9\r\u001b[32mstep 3/9\u001b[0m\r')).toMatchObject({
      current: 3,
      message: 'step 3/9',
    });
  });

  it('keeps how far a run has come while it validates or saves', () => {
    expect(progressFromLog('step 50/100\nValidating\n')).toMatchObject({ stage: 'Validation', percent: 50 });
    expect(progressFromLog('step 50/100\nLoading again\n')).toMatchObject({ stage: 'Preprocessing', percent: null });
  });

  it('does not look further back than 50 lines', () => {
    const rest = 'nothing to tell\n';
    expect(progressFromLog(`step 1/2\n${rest.repeat(49)}`)).toBeDefined();
    expect(progressFromLog(`step 1/2\n${rest.repeat(50)}`)).toBeUndefined();
  });

  it('says nothing of a log that tells nothing', () => {
    expect(progressFromLog('')).toBeUndefined();
    expect(progressFromLog('hello\n\u0000\u0000')).toBeUndefined();
  });

  it('withstands any bytes', () => {
    const word = fc.constantFrom(
      '[STAGE]',
      '[TRAINING]',
      ' step ',
      'epoch',
      '9/3',
      '1/0',
      '(',
      '%)',
      '\r',
      '\n',
      '\u001b[',
      '99999999999999/1',
    );
    const text = fc
      .array(fc.oneof(word, fc.string({ unit: 'binary' })), { maxLength: 60 })
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (log) => {
        const progress = progressFromLog(log);
        if (!progress) return;
        expect(progress.stage).not.toBe('');
        expect(progress.message!.length).toBeLessThanOrEqual(200);
        for (const number of [progress.percent, progress.current, progress.total])
          if (number !== null) expect(Number.isFinite(number)).toBe(true);
        if (progress.percent !== null) expect(progress.percent >= 0 && progress.percent <= 100).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('reads a hostile log of many megabytes at once', () => {
    for (const hostile of ['step '.repeat(2_000_000), '[STAGE] '.repeat(1_000_000), '('.repeat(5_000_000)])
      expect(lastLines(hostile, 10).length).toBeLessThanOrEqual(10);
    expect(progressFromLog('step 1'.repeat(1_000_000))).toBeUndefined();
  });
});
