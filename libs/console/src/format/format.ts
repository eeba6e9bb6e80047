import { useEffect, useMemo, useState } from 'react';
import { useLanguage, type Language } from '../language/language';

const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;
const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
const TICK_MS = 1_000;

/** How numbers and times are written for the reader. */
export interface Formats {
  /** Date and time to the second. */
  readonly instant: (iso: string) => string;
  /** How long ago, in the largest unit that says enough. */
  readonly ago: (iso: string, nowMs: number) => string;
  readonly duration: (seconds: number) => string;
  readonly usd: (amount: number) => string;
  readonly bytes: (count: number) => string;
  readonly number: (value: number) => string;
  readonly percent: (value: number) => string;
}

export function formatsFor(language: Language): Formats {
  const instant = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'medium' });
  const relative = new Intl.RelativeTimeFormat(language, { numeric: 'auto', style: 'short' });
  const number = new Intl.NumberFormat(language, { maximumSignificantDigits: 6 });
  const whole = new Intl.NumberFormat(language, { maximumFractionDigits: 0 });
  return {
    instant: (iso) => instant.format(new Date(iso)),
    ago: (iso, nowMs) => {
      const seconds = Math.round((nowMs - Date.parse(iso)) / 1_000);
      if (seconds < MINUTE_S) return relative.format(-Math.max(0, seconds), 'second');
      if (seconds < HOUR_S) return relative.format(-Math.floor(seconds / MINUTE_S), 'minute');
      if (seconds < 2 * DAY_S) return relative.format(-Math.floor(seconds / HOUR_S), 'hour');
      return relative.format(-Math.floor(seconds / DAY_S), 'day');
    },
    duration,
    // A run of a minute costs fractions of a cent; they must not look free.
    usd: (amount) =>
      new Intl.NumberFormat(language, {
        style: 'currency',
        currency: 'USD',
        currencyDisplay: 'narrowSymbol',
        minimumFractionDigits: amount !== 0 && Math.abs(amount) < 0.1 ? 4 : 2,
        maximumFractionDigits: amount !== 0 && Math.abs(amount) < 0.1 ? 4 : 2,
      }).format(amount),
    bytes: (count) => {
      const power = count < 1 ? 0 : Math.min(BYTE_UNITS.length - 1, Math.floor(Math.log2(count) / 10));
      const digits = power === 0 ? 0 : 1;
      return `${(count / 1_024 ** power).toFixed(digits)} ${BYTE_UNITS[power]}`;
    },
    number: (value) => number.format(value),
    percent: (value) => `${whole.format(value)}%`,
  };
}

function duration(seconds: number): string {
  if (seconds < MINUTE_S) return `${seconds < 10 ? seconds.toFixed(1) : Math.floor(seconds).toString()} s`;
  const whole = Math.floor(seconds);
  const minutes = Math.floor((whole % HOUR_S) / MINUTE_S);
  if (whole < HOUR_S) return `${minutes} min ${whole % MINUTE_S} s`;
  return `${Math.floor(whole / HOUR_S)} h ${minutes} min`;
}

export function useFormats(): Formats {
  const { language } = useLanguage();
  return useMemo(() => formatsFor(language), [language]);
}

/** The time, anew every second while `isTicking`: for durations of what still runs. */
export function useNow(isTicking = true): number {
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    if (!isTicking) return;
    const timer = setInterval(() => setNowMs(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [isTicking]);
  return nowMs;
}
