import type { CostEntry } from './job-cost.repository.js';

export const DAY_MS = 86_400_000;
export const NANOUSD_PER_USD = 1e9;
/** What one job counts with at the most, whatever a provider says: sums must stay whole numbers that are exact. */
export const JOB_USD_MAX = 1_000_000;

/** So much more (or less) of what is reserved at a provider, or was spent there on a day. */
export interface CostChange {
  readonly provider: string;
  readonly isOpen: boolean;
  /** The beginning of the day; 0 for what is reserved. */
  readonly dayMs: number;
  readonly nanousd: number;
}

/** What an entry that takes the place of another one (or of none) adds to the sums. */
export function changeOfSums(before: CostEntry | undefined, after: CostEntry): CostChange[] {
  const gain = shareOf(after);
  const loss = before && { ...shareOf(before), nanousd: -nanousdOf(before.usd) };
  const isSameSum = loss?.provider === gain.provider && loss.isOpen === gain.isOpen && loss.dayMs === gain.dayMs;
  const changes = loss ? (isSameSum ? [{ ...gain, nanousd: gain.nanousd + loss.nanousd }] : [loss, gain]) : [gain];
  return changes.filter(({ nanousd }) => nanousd !== 0);
}

/** As those do it who count many entries at once: the migration, and `JobCostRepository.recount`. */
export function nanousdOf(usd: number): number {
  return Math.floor(Math.min(usd, JOB_USD_MAX) * NANOUSD_PER_USD + 0.5);
}

export function usdOf(nanousd: number): number {
  return nanousd / NANOUSD_PER_USD;
}

function shareOf({ provider, isOpen, atMs, usd }: CostEntry): CostChange {
  return { provider, isOpen, dayMs: isOpen ? 0 : atMs - (atMs % DAY_MS), nanousd: nanousdOf(usd) };
}
