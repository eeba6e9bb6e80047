import type { TotalChange } from '../metrics/index.js';
import { isTerminal, type Job } from './job.js';

/** Names of the fleet's totals of jobs, and their labels. */
export const jobTotals = {
  /** Jobs that are there, by provider and status. */
  jobs: 'jobs',
  /** By provider, jobs deleted since among them. */
  submitted: 'jobs_submitted',
  /** By provider and final status, jobs deleted since among them. */
  ended: 'jobs_ended',
  /** Millionths of a dollar by provider, jobs deleted since among them. */
  costMicrousd: 'jobs_cost_microusd',
  /** Jobs with a start and an end, jobs deleted since among them, and their time together. */
  timed: 'jobs_timed',
  durationMs: 'jobs_duration_ms',
} as const;

/** The facts of a job that totals are made of. */
export type CountedFacts = Pick<Job, 'provider' | 'status' | 'costUsd' | 'startedAtMs' | 'completedAtMs'>;

/** What a job's change (from nothing: that it is new) adds to the totals. */
export function changeOfTotals(before: CountedFacts | undefined, after: CountedFacts): TotalChange[] {
  const { provider, status } = after;
  const isMoved = before?.status !== status;
  return [
    ...(before ? [] : [{ name: jobTotals.submitted, labels: [provider], amount: 1 }]),
    ...(before && isMoved ? [{ name: jobTotals.jobs, labels: [provider, before.status], amount: -1 }] : []),
    ...(isMoved ? [{ name: jobTotals.jobs, labels: [provider, status], amount: 1 }] : []),
    ...(isMoved && isTerminal(status) ? [{ name: jobTotals.ended, labels: [provider, status], amount: 1 }] : []),
    { name: jobTotals.costMicrousd, labels: [provider], amount: microusdOf(after) - microusdOf(before) },
    { name: jobTotals.timed, amount: Number(isTimed(after)) - Number(isTimed(before)) },
    { name: jobTotals.durationMs, amount: durationMsOf(after) - durationMsOf(before) },
  ].filter(({ amount }) => amount !== 0);
}

/** What the deletion of a job takes from the totals: what was paid and how long it took has happened all the same. */
export function lossOfTotals({ provider, status }: CountedFacts): TotalChange[] {
  return [{ name: jobTotals.jobs, labels: [provider, status], amount: -1 }];
}

function microusdOf(job: CountedFacts | undefined): number {
  return Math.round((job?.costUsd ?? 0) * 1_000_000);
}

function isTimed(job: CountedFacts | undefined): boolean {
  return job?.startedAtMs != null && job.completedAtMs != null && job.completedAtMs >= job.startedAtMs;
}

function durationMsOf(job: CountedFacts | undefined): number {
  return isTimed(job) ? (job?.completedAtMs ?? 0) - (job?.startedAtMs ?? 0) : 0;
}
