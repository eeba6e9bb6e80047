const DAY_MS = 86_400_000;
/** 1 January 1970 was a Thursday; weeks begin on Monday (ISO 8601). */
const FIRST_MONDAY_MS = 4 * DAY_MS;
const WEEK_MS = 7 * DAY_MS;

export interface Period {
  readonly startMs: number;
  /** The first instant after it. */
  readonly endMs: number;
}

/** The calendar period in UTC that holds an instant. */
export function periodAt(length: 'daily' | 'weekly' | 'monthly', atMs: number): Period {
  if (length === 'monthly') {
    const date = new Date(atMs);
    const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
    return { startMs: Date.UTC(year, month), endMs: Date.UTC(year, month + 1) };
  }
  const [originMs, lengthMs] = length === 'daily' ? [0, DAY_MS] : [FIRST_MONDAY_MS, WEEK_MS];
  const startMs = originMs + Math.floor((atMs - originMs) / lengthMs) * lengthMs;
  return { startMs, endMs: startMs + lengthMs };
}
