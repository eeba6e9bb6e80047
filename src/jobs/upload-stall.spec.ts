import { describe, expect, it } from 'vitest';
import { stallOf, type UploadRhythm } from './upload-stall.js';

const MINUTE_MS = 60_000;
const upload: UploadRhythm = { updatedAtMs: 0, bytesInFlight: 0, gapCount: 0, longestGapMs: 0 };
const after = (minutes: number, isUploadOpen = false) => ({
  nowMs: minutes * MINUTE_MS,
  stallMs: 15 * MINUTE_MS,
  isUploadOpen,
});

describe('an upload', () => {
  it('has stalled when one that was begun gets nothing more', () => {
    expect(stallOf(upload, after(14, true))).toBeUndefined();
    expect(stallOf(upload, after(15, true))).toEqual({ silentMs: 15 * MINUTE_MS, reason: 'upload-open' });
    expect(stallOf({ ...upload, bytesInFlight: 1 }, after(15))).toMatchObject({ reason: 'upload-open' });
  });

  it('has not stalled while nothing was ever sent, or all that was begun has ended', () => {
    expect(stallOf({ ...upload, updatedAtMs: null }, after(600, true))).toBeUndefined();
    expect(stallOf(upload, after(600))).toBeUndefined();
  });

  it('is overdue when its rhythm is known and broken', () => {
    const rhythmic = { ...upload, gapCount: 2, longestGapMs: 20 * MINUTE_MS };
    expect(stallOf(rhythmic, after(60))).toBeUndefined();
    expect(stallOf(rhythmic, after(61))).toEqual({ silentMs: 61 * MINUTE_MS, reason: 'files-overdue' });
    expect(stallOf({ ...rhythmic, gapCount: 1 }, after(600))).toBeUndefined();
    expect(stallOf({ ...rhythmic, longestGapMs: MINUTE_MS }, after(14))).toBeUndefined();
  });
});
