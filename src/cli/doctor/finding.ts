import type { Clock } from '#libs/clock';
import type { Config } from '../../config/index.js';
import type { RunningServer } from './running-server.js';

export type FindingStatus = 'ok' | 'warn' | 'fail';

/** What a check has seen, and what to do about it. */
export interface Finding {
  readonly check: string;
  readonly status: FindingStatus;
  readonly seen: string;
  readonly todo?: string;
}

/** What checks look at. */
export interface DoctorWorld {
  readonly config: Config;
  readonly clock: Clock;
  readonly server: RunningServer;
  /** The job whose uploads are in question. */
  readonly jobId: string | undefined;
  /** Empty the write-ahead log of SQLite on this occasion. */
  readonly empties: boolean;
}

/** One chapter of the examination. What it throws becomes a failure of its name. */
export interface Check {
  readonly name: string;
  run(world: DoctorWorld): Promise<readonly Finding[]>;
}

export const ok = (check: string, seen: string): Finding => ({ check, status: 'ok', seen });
export const warn = (check: string, seen: string, todo: string): Finding => ({ check, status: 'warn', seen, todo });
export const fail = (check: string, seen: string, todo: string): Finding => ({ check, status: 'fail', seen, todo });
