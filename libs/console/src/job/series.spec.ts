import { describe, expect, it } from 'vitest';
import { metricsFileOf, seriesOfJsonLines, seriesOfLog } from './series';

const shown = (series: ReturnType<typeof seriesOfLog>) => series.map(({ name, points }) => [name, [...points]]);

describe('curves', () => {
  it('come from the file that is named like one, the nearest to the root', () => {
    const keys = ['run/old/metrics.jsonl', 'run/metrics.jsonl', 'metrics.json', 'model.bin'];
    expect(metricsFileOf(keys)).toBe('run/metrics.jsonl');
    expect(metricsFileOf(['metrics.json', 'samples.png'])).toBeUndefined();
  });

  it('hold every number by step, ascending, and pass over lines that are none', () => {
    const text =
      '{"step":20,"loss":0.5,"lr":0.1,"name":"x"}\nnot json\n{"loss":9}\n{"global_step":10,"loss":0.75}\n[1]\n{"step":3';
    expect(shown(seriesOfJsonLines(text))).toEqual([
      [
        'loss',
        [
          [10, 0.75],
          [20, 0.5],
        ],
      ],
      ['lr', [[20, 0.1]]],
    ]);
  });

  it.each([
    ['the demo trainer', '[TRAINING] Step 10/100 (10.0%) loss=0.5\n[TRAINING] Step 20/100 loss=0.25'],
    ['words', 'step 10 lr 0.1 loss: 0.5\nstep 20 lr 0.1 loss: 0.25'],
    ['counts', '10/1000 loss: 0.5\n20/1000 loss: 0.25'],
    [
      'a progress bar',
      'Epoch 1/3, Steps:  1%|  | 10/1000 [00:03, step_loss=0.5]\rEpoch 1/3, Steps:  2.0%|  | 20/1000 [00:06, step_loss=0.25]',
    ],
  ])('are read from the log of %s', (_, text) => {
    expect(shown(seriesOfLog(text))).toEqual([
      [
        'loss',
        [
          [10, 0.5],
          [20, 0.25],
        ],
      ],
    ]);
  });

  it('are not drawn from a single point', () => {
    expect(seriesOfLog('step 1 loss 0.5')).toEqual([]);
  });
});
