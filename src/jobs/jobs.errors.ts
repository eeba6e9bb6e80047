import { DomainError } from '../http/index.js';
import type { JobStatus } from '../providers/index.js';

const either = new Intl.ListFormat('en', { type: 'disjunction' });

export function jobNotFound(): DomainError {
  return new DomainError('not-found', 'job_not_found', 'There is no such job, or it is not yours to see.');
}

/** 409: the job's state does not allow what was asked for (contract §2). */
export function invalidJobState(wish: string, current: JobStatus, allowed: readonly JobStatus[]): DomainError {
  return new DomainError('conflict', 'invalid_job_state', `The job is ${current}; it can be ${wish} only while it is ${either.format(allowed)}.`, {
    details: { current_state: current, allowed_states: allowed },
  }); // prettier-ignore
}
