export { isTerminal, type Evidence, type EvidenceSource, type Job, type JobSelector } from './job.js';
export { JobReports, type ReportOutcome } from './job-reports.js';
export { JobService } from './job.service.js';
export { LostWebhooks, type LostWebhookTotal } from './lost-webhooks.js';
export { jobNotFound } from './jobs.errors.js';
export { JobsModule } from './jobs.module.js';
export { UploadCredentials, type UploadCredential } from './upload-credentials.js';
export { UploadTimeline } from './upload-timeline.js';
export { UploadProgress, type UploadUpdate } from './upload-progress.js';
