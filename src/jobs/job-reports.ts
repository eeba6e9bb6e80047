import type { ProviderReport } from '../providers/adapter.js';
import type { Evidence, JobSelector } from './job.js';

/** What a report did: `unchanged` when it said nothing new, `unknown_job` when no such job is here (yet). */
export type ReportOutcome = 'applied' | 'unchanged' | 'unknown_job';

/** The only way in which a job changes after its submission, whoever learns of the change. */
export abstract class JobReports {
  /**
   * Merges what a provider says into the job, with its timeline and its announcement. Runs inside the caller's transaction
   * when there is one, so that the caller's own rows and the job change together. The order and the number of times in which
   * reports arrive do not matter.
   */
  abstract apply(selector: JobSelector, report: ProviderReport, evidence: Evidence): Promise<ReportOutcome>;
}
