import { describe, expect, it } from 'vitest';
import { judge, table } from './report.js';

const put = { figure: 'put', ours: 300, peer: 400, unit: 'MiB/s' };

describe('a figure', () => {
  it('is held against its bar', () => {
    expect(judge({ ...put, bar: { of: 'ratio', atLeast: 0.6 } })).toEqual({
      ...put,
      ratio: 0.75,
      bar: 'ratio ≥ 0.6',
      ok: true,
    });
    expect(judge({ ...put, bar: { of: 'ratio', atLeast: 0.8 } }).ok).toBe(false);
    expect(judge({ ...put, bar: { of: 'ours', atLeast: 1, atMost: 299 } })).toMatchObject({
      bar: 'ours ≥ 1 and ≤ 299',
      ok: false,
    });
  });

  it('misses a bar that cannot be computed', () => {
    expect(judge({ figure: 'put', ours: 300, unit: 'MiB/s', bar: { of: 'ratio', atLeast: 0.6 } }).ok).toBe(false);
    expect(judge({ figure: 'rss', ours: NaN, unit: 'MiB', bar: { of: 'ours', atMost: 150 } }).ok).toBe(false);
  });

  it('stands in a column', () => {
    const lines = table([judge(put), judge({ figure: 'ready', ours: 0.84251, unit: 's' })]).split('\n');
    expect(lines).toEqual([
      'figure  ours   peer  unit   ratio  bar',
      'put     300    400   MiB/s  0.75        ok',
      'ready   0.843        s                  ok',
    ]);
  });
});
