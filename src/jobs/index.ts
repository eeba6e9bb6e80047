import { IdempotencyEntity } from './idempotency.entity.js';
import { JobEntity } from './job.entity.js';
import { JobRunEntity } from './job-run.entity.js';
import { JobUploadEntity } from './job-upload.entity.js';
import { LeaseEntity } from './lease.entity.js';
import { TimelineEntity } from './timeline.entity.js';

export { isTerminal, type Evidence, type EvidenceSource, type Job, type JobSelector } from './job.js';
export { JobReports, type ReportOutcome } from './job-reports.js';
export { JobService } from './job.service.js';
export { JobsModule } from './jobs.module.js';
export { UploadCredentials, type UploadCredential } from './upload-credentials.js';
export { UploadProgress, type UploadUpdate } from './upload-progress.js';

export const jobEntities = [
  JobEntity,
  JobRunEntity,
  JobUploadEntity,
  TimelineEntity,
  IdempotencyEntity,
  LeaseEntity,
] as const;
