import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { isId } from '#libs/ids';
import { getLogger } from '#libs/log';
import { DomainError } from '../http/index.js';
import { ProviderRegistry, type ListedRun, type ProviderAdapter } from '../providers/index.js';
import { JobAdoption, type Finder } from './job-adoption.js';
import { isTerminal, type Job } from './job.js';
import { JobReports } from './job-reports.js';
import { JobRepository } from './job.repository.js';

/** The newest runs of a provider that are looked at. */
const RUNS_MAX = 1_000;

const log = getLogger('jobs');

export interface DiscoveryWish {
  /** This provider alone. */
  readonly provider?: string | undefined;
  /** Runs of any model, not only of this product's trainers. */
  readonly all: boolean;
}

/** What a look at the providers has brought. */
export interface Discovery {
  /** Jobs made of runs that were not known here. */
  readonly synced: number;
  /** Known jobs that the answers have changed. */
  readonly updated: number;
  readonly message: string;
}

/** Looks for runs that the providers have and we do not know, and brings those that we know up to date. */
@Injectable()
export class JobDiscovery {
  constructor(
    private readonly providers: ProviderRegistry,
    private readonly adoption: JobAdoption,
    private readonly jobs: JobRepository,
    private readonly reports: JobReports,
    private readonly clock: Clock,
  ) {}

  /** Can be repeated at will. @throws DomainError when no provider answers: that of the first. */
  async discover(wish: DiscoveryWish, finder: Finder): Promise<Discovery> {
    const adapters = await this.adapters(wish.provider);
    const failures: DomainError[] = [];
    let [synced, updated] = [0, 0];
    for (const adapter of adapters) {
      try {
        for (const run of await adapter.list(RUNS_MAX, wish.all)) {
          const outcome = await this.take(adapter.name, run, finder);
          if (outcome === 'synced') synced += 1;
          if (outcome === 'updated') updated += 1;
        }
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        log.warning('The runs of a provider cannot be listed', { provider: adapter.name, error });
        failures.push(error);
      }
    }
    if (failures[0] && failures.length === adapters.length) throw failures[0];
    return { synced, updated, message: messageOf(adapters.length, synced, updated, failures) };
  }

  /** Those that are set up and can list. */
  private async adapters(provider: string | undefined): Promise<ProviderAdapter[]> {
    const asked = provider === undefined ? this.providers.offered : [this.providers.get(provider)];
    const able = asked.filter(({ capabilities }) => capabilities.list);
    const isSetUp = await Promise.all(able.map((adapter) => adapter.isConfigured()));
    return able.filter((_, index) => isSetUp[index]);
  }

  private async take(provider: string, run: ListedRun, finder: Finder): Promise<'synced' | 'updated' | 'known'> {
    const evidence = { source: 'user' as const, id: finder.requestId };
    const { providerJobId, jobId } = run;
    const known = await this.jobs.findRun(provider, providerJobId);
    if (known && isFinal(known, run)) return 'known';
    let outcome = await this.reports.apply({ provider, providerJobId }, run, evidence);
    // The record of its provider's id may have been lost in a crash; the tag of the run still tells the job.
    if (outcome === 'unknown_job' && jobId !== undefined && isId(jobId))
      outcome = await this.reports.apply({ provider, jobId, providerJobId }, run, evidence);
    if (outcome === 'applied') return 'updated';
    if (outcome === 'unchanged') return 'known';
    return (await this.adoption.adopt(provider, run, finder, this.clock.now())) ? 'synced' : 'known';
  }
}

/** An end stays as it is; only its bill may still grow. */
function isFinal(job: Job, run: ListedRun): boolean {
  return isTerminal(job.status) && (run.costUsd ?? 0) <= (job.costUsd ?? 0);
}

function messageOf(asked: number, synced: number, updated: number, failures: readonly DomainError[]): string {
  if (asked === 0) return 'No provider that could list its runs is set up.';
  const found = `${count(synced)} imported, ${count(updated)} updated.`;
  return [found, ...failures.map(({ message }) => message)].join(' ');
}

function count(jobs: number): string {
  return jobs === 1 ? '1 job' : `${jobs} jobs`;
}
