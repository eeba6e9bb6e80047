import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { ProvidersModule } from '../providers/index.js';
import { ConfigFiles } from './config-files.js';
import { CostLimits } from './cost-limits.js';
import { CostLimitsMetrics } from './cost-limits.metrics.js';
import { CostSumsWorker } from './cost-sums.worker.js';
import { Dispatcher } from './dispatcher.js';
import { SqlJobCostRepository } from './drivers/sql-job-cost.repository.js';
import { SqlIdempotencyRepository } from './drivers/sql-idempotency.repository.js';
import { SqlJobRepository } from './drivers/sql-job.repository.js';
import { SqlJobRunRepository } from './drivers/sql-job-run.repository.js';
import { SqlLostWebhooks } from './drivers/sql-lost-webhooks.js';
import { SqlJobUploadRepository } from './drivers/sql-job-upload.repository.js';
import { Handover, HandoverPapers, HandoverWorld } from './handover.js';
import { IdempotencyRepository } from './idempotency.repository.js';
import { Instance } from './instance.js';
import { JobAdoption } from './job-adoption.js';
import { JobCancellation, JobDeletion } from './job-cancellation.js';
import { JobCostRepository } from './job-cost.repository.js';
import { JobCreation, JobTables } from './job-creation.js';
import { JobDiscovery } from './job-discovery.js';
import { JobEndings } from './job-endings.js';
import { JobEnvironment } from './job-environment.js';
import { JobIntake } from './job-intake.js';
import { JobLogs } from './job-logs.js';
import { JobNews } from './job-news.js';
import { JobReports } from './job-reports.js';
import { JobRepository } from './job.repository.js';
import { JobRunRepository } from './job-run.repository.js';
import { JobService } from './job.service.js';
import { JobStatistics } from './job-statistics.js';
import { JobSubmissions } from './job-submissions.js';
import { JobSync } from './job-sync.js';
import { JobUploadRepository } from './job-upload.repository.js';
import { JobWork } from './job-work.js';
import { LostWebhooks } from './lost-webhooks.js';
import { JobsController } from './jobs.controller.js';
import { JobsMetrics } from './jobs.metrics.js';
import { LogsController } from './logs.controller.js';
import { Poller } from './poller.js';
import { Reconciler, ReconcilerParts } from './reconciler.js';
import { Settler } from './settler.js';
import { StatisticsController } from './statistics.controller.js';
import { SyncController } from './sync.controller.js';
import { SubmissionKeys } from './submission-keys.js';
import { SubmitController } from './submit.controller.js';
import { SubmissionRefusals } from './submit-error.filter.js';
import { UploadCredentials } from './upload-credentials.js';
import { UploadProgress } from './upload-progress.js';
import { UploadStalls } from './upload-stalls.js';
import { UploadTimeline } from './upload-timeline.js';
import { WorkerWorld } from './worker-world.js';

@Module({
  imports: [AuditModule, ProvidersModule],
  controllers: [SubmitController, SyncController, JobsController, LogsController, StatisticsController],
  providers: [
    { provide: JobRepository, useClass: SqlJobRepository },
    { provide: JobRunRepository, useClass: SqlJobRunRepository },
    { provide: JobUploadRepository, useClass: SqlJobUploadRepository },
    { provide: JobCostRepository, useClass: SqlJobCostRepository },
    { provide: LostWebhooks, useClass: SqlLostWebhooks },
    { provide: IdempotencyRepository, useClass: SqlIdempotencyRepository },
    ...[Instance, WorkerWorld, JobTables, JobNews, JobWork, JobReports, JobEndings],
    ...[ConfigFiles, JobIntake, JobCreation, SubmissionKeys, CostLimits, JobSubmissions, JobAdoption, JobDiscovery],
    SubmissionRefusals,
    ...[JobService, JobCancellation, JobDeletion, JobLogs, JobSync, JobStatistics],
    ...[UploadCredentials, UploadProgress, UploadStalls, UploadTimeline],
    ...[JobEnvironment, HandoverPapers, HandoverWorld, Handover, Dispatcher],
    ...[Settler, Poller, ReconcilerParts, Reconciler, JobsMetrics, CostLimitsMetrics, CostSumsWorker],
  ],
  exports: [
    JobEnvironment,
    CostLimits,
    JobDeletion,
    JobReports,
    JobService,
    LostWebhooks,
    UploadCredentials,
    UploadProgress,
    UploadStalls,
    UploadTimeline,
  ],
})
export class JobsModule {}
