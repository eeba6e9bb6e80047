import type { JobStatus, Progress, ProviderReport } from '../providers/index.js';
import { isTerminal, type Job } from './job.js';

const rank: Readonly<Record<JobStatus, number>> = {
  pending: 0,
  uploading: 1,
  queued: 2,
  running: 3,
  completed: 4,
  failed: 4,
  cancelled: 4,
};

const ERROR_MESSAGE_LENGTH_MAX = 8_000;
const OUTPUT_URL_LENGTH_MAX = 4_000;
const LOG_LINE_LENGTH_MAX = 2_000;
const HARDWARE_LENGTH_MAX = 128;

/** What a report makes of a job, and which of its facts are new. */
export interface Move {
  readonly job: Job;
  readonly changed: readonly (keyof Job)[];
}

/**
 * Decides every move of a job, whoever asks (contract §5). Each fact is merged by a rule that does not care for order or
 * repetition: status by rank, first of the terminal ones final; times by "told before seen, then the earliest"; cost by the
 * largest; progress and log by the newest. So duplicated, late and shuffled reports of one run end in the same job.
 */
export function decideMove(job: Job, report: ProviderReport, atMs: number): Move {
  if (report.status === undefined && report.rawStatus !== undefined) return { job, changed: [] };
  const status = nextStatus(job.status, report.status);
  const next: Job = {
    ...job,
    ...startOf(job, report, atMs),
    ...progressOf(job, report, atMs),
    ...logOf(job, report, atMs),
    ...(isTerminal(status) && status === report.status && endOf(job, report, atMs)),
    status,
    queuedAtMs: report.status === 'queued' ? Math.min(job.queuedAtMs ?? atMs, atMs) : job.queuedAtMs,
    providerJobId: job.providerJobId ?? report.providerJobId ?? null,
    costUsd: largest(job.costUsd, report.costUsd),
    hardwareType:
      job.hardwareProfile === null
        ? agreed(job.hardwareType, text(report.hardwareType, HARDWARE_LENGTH_MAX))
        : job.hardwareType,
  };
  const changed = (Object.keys(next) as (keyof Job)[]).filter((fact) => !isSame(job[fact], next[fact]));
  return changed.length === 0 ? { job, changed } : { job: next, changed };
}

function nextStatus(current: JobStatus, told: JobStatus | undefined): JobStatus {
  return told !== undefined && rank[told] > rank[current] ? told : current;
}

function startOf(job: Job, report: ProviderReport, atMs: number): Pick<Job, 'startedAtMs' | 'isStartTold'> {
  const seenAtMs = report.status === 'running' ? atMs : undefined;
  const [startedAtMs, isStartTold] = instant([job.startedAtMs, job.isStartTold], report.startedAtMs, seenAtMs);
  return { startedAtMs, isStartTold };
}

/** Facts of the end count only when they belong to the end that this job has come to. */
function endOf(job: Job, report: ProviderReport, atMs: number): Partial<Job> {
  const [completedAtMs, isCompletionTold] = instant(
    [job.completedAtMs, job.isCompletionTold],
    report.completedAtMs,
    atMs,
  );
  return {
    completedAtMs,
    isCompletionTold,
    errorMessage: agreed(job.errorMessage, text(report.errorMessage, ERROR_MESSAGE_LENGTH_MAX)),
    outputUrl: agreed(job.outputUrl, text(report.outputUrl, OUTPUT_URL_LENGTH_MAX)),
  };
}

type Instant = readonly [atMs: number | null, isTold: boolean];

function instant(known: Instant, toldMs: number | undefined, seenMs: number | undefined): Instant {
  const [knownMs, isTold] = known;
  if (toldMs !== undefined && Number.isSafeInteger(toldMs))
    return [isTold && knownMs !== null ? Math.min(knownMs, toldMs) : toldMs, true];
  if (isTold || seenMs === undefined) return known;
  return [Math.min(knownMs ?? seenMs, seenMs), false];
}

function progressOf(job: Job, report: ProviderReport, atMs: number): Pick<Job, 'progress' | 'progressAtMs'> {
  const progress = report.progress && cleanProgress(report.progress);
  return progress && isNewer([job.progressAtMs, job.progress], [atMs, progress])
    ? { progress, progressAtMs: atMs }
    : { progress: job.progress, progressAtMs: job.progressAtMs };
}

function cleanProgress(progress: Progress): Progress {
  return {
    stage: text(progress.stage, LOG_LINE_LENGTH_MAX) ?? '',
    current: progress.current,
    total: progress.total,
    percent: progress.percent,
    message: text(progress.message ?? undefined, LOG_LINE_LENGTH_MAX) ?? null,
  };
}

function logOf(job: Job, report: ProviderReport, atMs: number): Pick<Job, 'lastLog' | 'lastLogAtMs'> {
  const lastLog = text(report.logs?.trimEnd().split('\n').at(-1), LOG_LINE_LENGTH_MAX);
  return lastLog && isNewer([job.lastLogAtMs, job.lastLog], [atMs, lastLog])
    ? { lastLog, lastLogAtMs: atMs }
    : { lastLog: job.lastLog, lastLogAtMs: job.lastLogAtMs };
}

/** Of two values of the same instant the greater as text is taken: any rule would do that does not depend on the order. */
function isNewer(known: readonly [number | null, unknown], told: readonly [number, unknown]): boolean {
  if (known[0] === null || told[0] > known[0]) return true;
  return told[0] === known[0] && JSON.stringify(told[1]) > JSON.stringify(known[1]);
}

function largest(known: number | null, told: number | undefined): number | null {
  if (told === undefined || !Number.isFinite(told) || told < 0) return known;
  return Math.max(known ?? 0, told);
}

/** The longer text says more; of two equally long ones the greater is taken, in whatever order they came. */
function agreed(known: string | null, told: string | undefined): string | null {
  if (told === undefined || told === '') return known;
  if (known === null || told.length > known.length) return told;
  return told.length === known.length && told > known ? told : known;
}

/** Well-formed UTF-8 of bounded length without NUL, which PostgreSQL cannot store. */
function text(told: string | undefined, lengthMax: number): string | undefined {
  return told === undefined ? undefined : Buffer.from(told.replaceAll('\0', '').slice(0, lengthMax)).toString();
}

function isSame(left: unknown, right: unknown): boolean {
  return left === right || JSON.stringify(left) === JSON.stringify(right);
}
