/** Pauses between arrivals that are shorter belong to one and the same save. */
export const GAP_MS_MIN = 60_000;
/** So many pauses make a rhythm. */
const GAPS_MIN = 2;
/** A rhythm is broken when nothing comes for so many times the longest pause there has been. */
const GAPS_MISSED = 3;

/** What is known of a job's uploads. */
export interface UploadRhythm {
  /** When anything last arrived, be it a part of a file; null before that. */
  readonly updatedAtMs: number | null;
  readonly bytesInFlight: number;
  /** Pauses of at least GAP_MS_MIN between files. */
  readonly gapCount: number;
  readonly longestGapMs: number;
}

/**
 * For how long nothing has come although something should have: of an upload that was begun and not ended, or of the next files,
 * when the job has a rhythm. Undefined when all is well.
 */
export function stallOf(
  upload: UploadRhythm,
  { nowMs, stallMs, isUploadOpen }: { nowMs: number; stallMs: number; isUploadOpen: boolean },
): { readonly silentMs: number; readonly reason: 'upload-open' | 'files-overdue' } | undefined {
  if (upload.updatedAtMs === null) return undefined;
  const silentMs = nowMs - upload.updatedAtMs;
  if (silentMs < stallMs) return undefined;
  if (isUploadOpen || upload.bytesInFlight > 0) return { silentMs, reason: 'upload-open' };
  const isOverdue = upload.gapCount >= GAPS_MIN && silentMs > GAPS_MISSED * upload.longestGapMs;
  return isOverdue ? { silentMs, reason: 'files-overdue' } : undefined;
}
