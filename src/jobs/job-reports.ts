import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { getLogger, withLogContext } from '#libs/log';
import { Database } from '../database/index.js';
import type { ProviderReport } from '../providers/index.js';
import { decideMove, type Move } from './decide-move.js';
import { isNamedBy, isTerminal, type Evidence, type Job, type JobSelector } from './job.js';
import { COST_FACTS } from './job-cost.js';
import { evidenceIdOf, JobDraft } from './job-draft.js';
import { JobNews } from './job-news.js';
import { JobRepository } from './job.repository.js';
import { JobWork } from './job-work.js';

/** What a report did: `unchanged` when it said nothing new, `unknown_job` when no such job is here (yet). */
export type ReportOutcome = 'applied' | 'unchanged' | 'unknown_job';

/** What somebody says of a job, and how it is known. */
export interface Tiding {
  readonly selector: JobSelector;
  readonly report: ProviderReport;
  readonly evidence: Evidence;
  /** Of the request that brought it; log lines about it carry it. */
  readonly correlationId?: string;
}

/** When something was last seen that is itself unchanged. */
const SIGHTINGS = new Set<keyof Job>(['progressAtMs', 'lastLogAtMs']);
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
  async apply(selector: JobSelector, report: ProviderReport, evidence: Evidence): Promise<ReportOutcome> {
    const [outcome] = await this.applyAll([{ selector, report, evidence }]);
    return outcome ?? 'unknown_job';
  }

  /** As `apply`, for many at once, all in one transaction: each job is read and written once, and announced as it is then. */
  applyAll(tidings: readonly Tiding[]): Promise<ReportOutcome[]> {
    return this.database.transaction(async () => {
      const found = await this.jobs.findAllForChange(tidings.map(({ selector }) => selector));
      const drafts = found.map((job) => new JobDraft(job));
      const draftOf = finder(drafts);
      const outcomes: ReportOutcome[] = [];
      for (const tiding of tidings) {
        const draft = draftOf(tiding.selector);
        outcomes.push(draft ? await this.merge(draft, tiding) : 'unknown_job');
      }
      await this.write(drafts);
      return outcomes;
    });
  }

  /**
   * Whether the report tells anything that is not in the job as it is given, which may be a little old: what was in it then is
   * in it now. That something is still as it was is no news. Asks and writes nothing.
   */
  isNews(job: Job, report: ProviderReport): boolean {
    if (report.status === undefined && report.rawStatus !== undefined) return true;
    if (report.note !== undefined || report.endHint !== undefined) return true;
    return decideMove(job, report, this.clock.now()).changed.some((fact) => !SIGHTINGS.has(fact));
  }

  private merge(draft: JobDraft, { report, evidence, correlationId }: Tiding): Promise<ReportOutcome> {
    const { job } = draft;
    const { jobId, provider } = job;
    // What a webhook says is found by the webhook's own id and by that of the request that submitted the job.
    const origin = { correlation_id: correlationId ?? job.correlationId, job_correlation_id: job.correlationId };
    return withLogContext({ job_id: jobId, provider, ...origin }, async () => {
      noteOddities(job, report, evidence);
      if (report.endHint !== undefined && !isTerminal(job.status)) this.news.hintEnd(job);
      const atMs = evidence.atMs ?? this.clock.now();
      const move = decideMove(job, report, atMs);
      const told = { ...report, note: joined(report.note, await this.noteOnEnd(job, move, evidence)) };
      const isTold = await this.isToTell(draft, move, told, evidence);
      if (isTold) draft.tell(move, told, { ...evidence, atMs });
      draft.make(move, evidence);
      return isTold || move.changed.length > 0 ? 'applied' : 'unchanged';
    });
  }

  private async noteOnEnd(job: Job, move: Move, { isUnprompted = false }: Evidence): Promise<string | undefined> {
    const hasEnded = isTerminal(move.job.status) && !isTerminal(job.status);
    return hasEnded && isUnprompted && (await this.work.endedUnprompted(move.job)) ? LOST_WEBHOOK : undefined;
  }

  /** False when there is nothing to tell. The note of a delivery that is processed again is not told again. */
  private async isToTell(draft: JobDraft, move: Move, report: ProviderReport, evidence: Evidence): Promise<boolean> {
    if (move.changed.some((fact) => !FLEETING.has(fact))) return true;
    if (report.note === '' || draft.hasTold(evidence)) return false;
    return !(await this.jobs.hasTold(draft.job.jobId, evidence.source, evidenceIdOf(evidence.id)));
  }

  private async write(drafts: readonly JobDraft[]): Promise<void> {
    const entries = drafts.flatMap((draft) => draft.entries);
    if (entries.length > 0) await this.jobs.tell(...entries);
    const changed = drafts.filter((draft) => draft.changed.size > 0);
    for (const draft of changed) {
      const { job, hasEnded } = draft;
      await this.jobs.save(job, [...draft.changed], draft.before);
      if (hasEnded || COST_FACTS.some((fact) => draft.changed.has(fact))) await this.work.accounted(job);
      if (hasEnded) await this.work.ended(job);
      else if (draft.changed.has('providerJobId')) await this.work.handedOver(job.jobId);
    }
    if (changed.length > 0) await this.news.tell(changed);
  }
}

/** Finds the draft that a selector names, as the job is by then: a report may have told its provider's id meanwhile. */
function finder(drafts: readonly JobDraft[]): (selector: JobSelector) => JobDraft | undefined {
  const byJobId = new Map(drafts.map((draft) => [draft.job.jobId, draft]));
  return (selector) => {
    const jobId = typeof selector === 'string' ? selector : selector.jobId;
    if (jobId === undefined) return drafts.find(({ job }) => isNamedBy(selector, job));
    const draft = byJobId.get(jobId);
    return draft && isNamedBy(selector, draft.job) ? draft : undefined;
  };
}

function joined(...notes: readonly (string | undefined)[]): string {
  return notes.filter((note) => note !== undefined && note !== '').join('; ');
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
