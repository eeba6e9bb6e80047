import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { getLogger, withLogContext } from '#libs/log';
import { Database } from '../database/index.js';
import type { ProviderReport } from '../providers/index.js';
import { decideMove, type Move } from './decide-move.js';
import { isTerminal, type Evidence, type Job, type JobSelector } from './job.js';
import { JobNews } from './job-news.js';
import { JobRepository } from './job.repository.js';
import { JobWork } from './job-work.js';

/** What a report did: `unchanged` when it said nothing new, `unknown_job` when no such job is here (yet). */
export type ReportOutcome = 'applied' | 'unchanged' | 'unknown_job';

const NOTE_LENGTH_MAX = 1_000;
const LOST_WEBHOOK = 'learned by asking: its webhook has not arrived';
/** Facts that change often and have their own place; the timeline would drown in them. */
const FLEETING = new Set<keyof Job>(['progress', 'progressAtMs', 'lastLog', 'lastLogAtMs']);

const log = getLogger('jobs');

/** The only way in which a job changes after its submission, whoever learns of the change. */
@Injectable()
export class JobReports {
  constructor(
    private readonly database: Database,
    private readonly jobs: JobRepository,
    private readonly work: JobWork,
    private readonly news: JobNews,
    private readonly clock: Clock,
  ) {}

  /**
   * Merges what a provider says into the job, with its timeline and its announcement. Runs inside the caller's transaction
   * when there is one, so that the caller's own rows and the job change together. The order and the number of times in which
   * reports arrive do not matter.
   */
  apply(selector: JobSelector, report: ProviderReport, evidence: Evidence): Promise<ReportOutcome> {
    return this.database.transaction(async () => {
      const job = await this.jobs.findForChange(selector);
      if (!job) return 'unknown_job';
      return withLogContext({ job_id: job.jobId, provider: job.provider }, () => this.merge(job, report, evidence));
    });
  }

  private async merge(job: Job, report: ProviderReport, evidence: Evidence): Promise<ReportOutcome> {
    noteOddities(job, report, evidence);
    if (report.endHint !== undefined && !isTerminal(job.status)) this.news.hintEnd(job);
    const atMs = evidence.atMs ?? this.clock.now();
    const move = decideMove(job, report, atMs);
    const hasEnded = isTerminal(move.job.status) && !isTerminal(job.status);
    const isLost = hasEnded && evidence.isUnprompted === true && (await this.work.endedUnprompted(move.job));
    const told = isLost ? { ...report, note: joined(report.note, LOST_WEBHOOK) } : report;
    const isTold = await this.tellTimeline(job, move, told, { ...evidence, atMs });
    if (move.changed.length === 0) return isTold ? 'applied' : 'unchanged';
    await this.jobs.save(move.job, move.changed);
    if (move.changed.includes('providerJobId')) await this.work.handedOver(job.jobId);
    if (hasEnded) await this.work.ended(move.job);
    await this.news.tell(move.job, job.status, evidence.source);
    return 'applied';
  }

  /** False when there is nothing to tell. The note of a delivery that is processed again is not told again. */
  private async tellTimeline(
    job: Job,
    move: Move,
    report: ProviderReport,
    evidence: Evidence & { readonly atMs: number },
  ): Promise<boolean> {
    const facts = move.changed.filter((fact) => !FLEETING.has(fact));
    const isNote = report.note !== undefined && report.note !== '';
    if (facts.length === 0 && !isNote) return false;
    const evidenceId = evidence.id.slice(0, 255);
    if (facts.length === 0 && (await this.jobs.hasTold(job.jobId, evidence.source, evidenceId))) return false;
    await this.jobs.tell({
      jobId: job.jobId,
      atMs: evidence.atMs,
      source: evidence.source,
      evidenceId,
      fromStatus: job.status,
      toStatus: move.job.status,
      note: noteOf(job, move.job, report),
    });
    return true;
  }
}

function joined(...notes: readonly (string | undefined)[]): string {
  return notes.filter((note) => note !== undefined && note !== '').join('; ');
}

function noteOf(before: Job, after: Job, report: ProviderReport): string | null {
  const notes = [
    report.note,
    before.providerJobId === null && after.providerJobId !== null && `provider id ${after.providerJobId}`,
    before.costUsd !== after.costUsd && `cost ${after.costUsd} USD`,
    before.errorMessage !== after.errorMessage && after.errorMessage,
  ].filter((note) => typeof note === 'string' && note !== '');
  return notes.length === 0 ? null : notes.join('; ').replaceAll('\0', '').slice(0, NOTE_LENGTH_MAX);
}

function noteOddities(job: Job, report: ProviderReport, evidence: Evidence): void {
  if (report.status === undefined && report.rawStatus !== undefined) {
    log.warning('The provider used a status that nobody knows; it changes nothing', {
      raw_status: report.rawStatus.slice(0, 64),
      evidence: evidence.id,
    });
  }
  if (report.providerJobId !== undefined && job.providerJobId !== null && report.providerJobId !== job.providerJobId) {
    log.warning('A report names another provider id than the job has; the known one stays', { evidence: evidence.id });
  }
}
