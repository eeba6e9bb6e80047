import type { JobStatus, ProviderReport } from '../providers/index.js';
import type { Move } from './decide-move.js';
import { isTerminal, type Evidence, type Job } from './job.js';
import type { StatusMove } from './job-news.js';
import type { TimelineEntry } from './job.repository.js';

const NOTE_LENGTH_MAX = 1_000;
/** Fractions of a cent count for short runs. */
const NOTE_DECIMALS = 6;
const EVIDENCE_ID_LENGTH_MAX = 255;

/** A job while reports are merged into it: what they make of it is written once, when all of them are. */
export class JobDraft {
  readonly changed = new Set<keyof Job>();
  readonly moves: StatusMove[] = [];
  readonly entries: TimelineEntry[] = [];
  private current: Job;

  constructor(readonly before: Job) {
    this.current = before;
  }

  get job(): Job {
    return this.current;
  }

  /** Whether these reports brought the job to its end. */
  get hasEnded(): boolean {
    return isTerminal(this.current.status) && !isTerminal(this.before.status);
  }

  /** Whether one of these reports is this evidence. */
  hasTold({ source, id }: Evidence): boolean {
    return this.entries.some((entry) => entry.source === source && entry.evidenceId === evidenceIdOf(id));
  }

  /** Tells the timeline of a move that is about to be made. */
  tell(move: Move, report: ProviderReport, evidence: Evidence & { readonly atMs: number }): void {
    this.entries.push({
      jobId: this.current.jobId,
      atMs: evidence.atMs,
      source: evidence.source,
      evidenceId: evidenceIdOf(evidence.id),
      fromStatus: this.current.status,
      toStatus: move.job.status,
      note: noteOf(this.current, move.job, report),
    });
  }

  make({ job, changed }: Move, { source }: Evidence): void {
    const from: JobStatus = this.current.status;
    for (const fact of changed) this.changed.add(fact);
    if (job.status !== from) this.moves.push({ from, to: job.status, source });
    this.current = job;
  }
}

/** As much of an id as the timeline keeps. */
export function evidenceIdOf(id: string): string {
  return id.slice(0, EVIDENCE_ID_LENGTH_MAX);
}

/** To what people read; the job keeps the whole amount. */
function rounded(amountUsd: number | null): number | null {
  return amountUsd === null ? null : Number(amountUsd.toFixed(NOTE_DECIMALS));
}

function noteOf(before: Job, after: Job, report: ProviderReport): string | null {
  const notes = [
    report.note,
    before.providerJobId === null && after.providerJobId !== null && `provider id ${after.providerJobId}`,
    before.costUsd !== after.costUsd && `cost ${rounded(after.costUsd)} USD`,
    before.errorMessage !== after.errorMessage && after.errorMessage,
  ].filter((note) => typeof note === 'string' && note !== '');
  return notes.length === 0 ? null : notes.join('; ').replaceAll('\0', '').slice(0, NOTE_LENGTH_MAX);
}
