import { constants } from 'node:os';
import type { ProviderJob } from '../adapter.js';
import { lastLines, progressFromLog } from '../trainer-log.js';
import type { Exit, Started } from './work-folder.js';

/** How many of its last lines tell why a run has failed. */
const REASON_LINES = 10;
const REASON_LENGTH_MAX = 2_000;
const HOUR_MS = 3_600_000;
/** A shell reports a command that a signal has ended as 128 and the signal's number. */
const SIGNAL_BASE = 128;

/** What is known of a run at one moment. */
export interface RunFacts {
  readonly jobId: string;
  readonly started: Started;
  readonly isAlive: boolean;
  readonly exit: Exit | undefined;
  readonly isCancelled: boolean;
  readonly costPerHour: number;
  /** The end of the log, without secrets. */
  readonly log: string;
  /** The last sign of life of a run that left no exit code. */
  readonly lastLoggedAtMs: number | undefined;
}

/** The facts in the words of the port: the exit code is the truth, whatever the log says. */
export function reportOf(facts: RunFacts): ProviderJob {
  const progress = progressFromLog(facts.log);
  const common = {
    providerJobId: facts.jobId,
    startedAtMs: facts.started.atMs,
    hardwareType: 'local',
    ...(progress && { progress }),
    ...(facts.log !== '' && { logs: facts.log }),
  };
  if (!facts.exit && facts.isAlive) return { ...common, status: 'running', rawStatus: 'running' };
  const endMs = facts.exit?.atMs ?? Math.max(facts.started.atMs, facts.lastLoggedAtMs ?? 0);
  const costUsd = (Math.max(0, endMs - facts.started.atMs) / HOUR_MS) * facts.costPerHour;
  const ended = { ...common, completedAtMs: endMs, costUsd };
  if (facts.exit?.code === 0) return { ...ended, status: 'completed', rawStatus: 'exited 0' };
  const rawStatus = facts.exit ? `exited ${facts.exit.code}` : 'gone';
  if (facts.isCancelled) return { ...ended, status: 'cancelled', rawStatus };
  return { ...ended, status: 'failed', rawStatus, errorMessage: reasonOf(facts) };
}

function reasonOf({ exit, log }: RunFacts): string {
  const what = exit
    ? describeCode(exit.code)
    : 'The run is gone without an exit code: it was killed as a whole, or this machine was restarted';
  const lines = lastLines(log, REASON_LINES);
  if (lines.length === 0) return `${what}. It wrote nothing to its log.`;
  return `${what}. Its last lines:\n${lines.join('\n').slice(-REASON_LENGTH_MAX)}`;
}

function describeCode(code: number): string {
  if (code === 126) return 'The trainer command could not be executed (exit code 126)';
  if (code === 127) return 'The trainer command was not found (exit code 127)';
  const signal = Object.entries(constants.signals).find(([, number]) => number === code - SIGNAL_BASE)?.[0];
  if (signal === 'SIGKILL')
    return 'The trainer was ended by the signal SIGKILL: somebody killed it, or this machine had no memory left';
  return signal === undefined
    ? `The trainer exited with code ${code}`
    : `The trainer was ended by the signal ${signal}`;
}
