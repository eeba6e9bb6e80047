import { jobStatuses, type JobStatus } from '../providers/index.js';
import { isTerminal } from './job.js';

export const activeStatuses: readonly JobStatus[] = jobStatuses.filter((status) => !isTerminal(status));
export const terminalStatuses: readonly JobStatus[] = jobStatuses.filter(isTerminal);
