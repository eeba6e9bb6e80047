import { AuditCheckpointEntity } from '../audit/audit-checkpoint.entity.js';
import { AuditCountEntity } from '../audit/audit-count.entity.js';
import { AuditEntryEntity } from '../audit/audit-entry.entity.js';
import { AuditHeadEntity } from '../audit/audit-head.entity.js';
import { AuditForwardingEntity } from '../audit/forwarding/audit-forwarding.entity.js';
import { AuditProgressEntity } from '../audit/audit-progress.entity.js';
import { ApiKeyEntity } from '../auth/api-key.entity.js';
import { BackupStateEntity } from '../backup/backup-state.entity.js';
import { ServerProcessEntity } from '../backup/server-process.entity.js';
import { HeartbeatEntity, type Schema } from '../database/index.js';
import { EventEntity } from '../events/event.entity.js';
import { IdempotencyEntity } from '../jobs/idempotency.entity.js';
import { JobCostEntity, JobCostSumEntity, JobCostTurnEntity } from '../jobs/job-cost.entity.js';
import { JobEntity } from '../jobs/job.entity.js';
import { JobRunEntity } from '../jobs/job-run.entity.js';
import { JobUploadEntity } from '../jobs/job-upload.entity.js';
import { LeaseEntity } from '../jobs/lease.entity.js';
import { LostWebhookEntity } from '../jobs/lost-webhook.entity.js';
import { TimelineEntity } from '../jobs/timeline.entity.js';
import { MetricTotalEntity } from '../metrics/metric-total.entity.js';
import { MetricsSettingsEntity } from '../metrics/metrics-settings.entity.js';
import { ProviderSettingsEntity } from '../providers/provider-settings.entity.js';
import { BucketEntity } from '../storage/bucket.entity.js';
import { ObjectEntity } from '../storage/object.entity.js';
import { PartEntity } from '../storage/part.entity.js';
import { RemovalEntity } from '../storage/removal.entity.js';
import { UploadEntity } from '../storage/upload.entity.js';
import { DeliveryEntity } from '../webhooks/delivery.entity.js';
import { Platform20261123000000 } from './migrations/20261123000000-platform.js';
import { Audit20261123000100 } from './migrations/20261123000100-audit.js';
import { ApiKeys20261123000200 } from './migrations/20261123000200-api-keys.js';
import { ProviderSettings20261123000300 } from './migrations/20261123000300-provider-settings.js';
import { Jobs20261123000400 } from './migrations/20261123000400-jobs.js';
import { WebhookDeliveries20261123000500 } from './migrations/20261123000500-webhook-deliveries.js';
import { Storage20261123000600 } from './migrations/20261123000600-storage.js';
import { LostWebhooks20261125101500 } from './migrations/20261125101500-lost-webhooks.js';
import { RemovedBuckets20261125104000 } from './migrations/20261125104000-removed-buckets.js';
import { Metrics20261125105000 } from './migrations/20261125105000-metrics.js';
import { AuditForwarding20261125110500 } from './migrations/20261125110500-audit-forwarding.js';
import { StalledUploads20261125111500 } from './migrations/20261125111500-stalled-uploads.js';
import { Backup20261125123800 } from './migrations/20261125123800-backup.js';
import { JobCosts20261125124500 } from './migrations/20261125124500-job-costs.js';
import { CompletedJobCosts20261125161000 } from './migrations/20261125161000-completed-job-costs.js';
import { JobCostSums20261125173000 } from './migrations/20261125173000-job-cost-sums.js';
import { OwedRemovals20261125173100 } from './migrations/20261125173100-owed-removals.js';

/** Every table of the server and the one ordered list of migrations that makes them. */
export const schema: Schema = {
  entities: [
    HeartbeatEntity,
    EventEntity,
    AuditEntryEntity,
    AuditHeadEntity,
    AuditCheckpointEntity,
    AuditProgressEntity,
    AuditForwardingEntity,
    AuditCountEntity,
    ApiKeyEntity,
    ProviderSettingsEntity,
    IdempotencyEntity,
    JobEntity,
    JobCostEntity,
    JobCostSumEntity,
    JobCostTurnEntity,
    JobRunEntity,
    JobUploadEntity,
    LeaseEntity,
    LostWebhookEntity,
    TimelineEntity,
    DeliveryEntity,
    BucketEntity,
    ObjectEntity,
    PartEntity,
    UploadEntity,
    RemovalEntity,
    MetricTotalEntity,
    MetricsSettingsEntity,
    BackupStateEntity,
    ServerProcessEntity,
  ],
  migrations: [
    Platform20261123000000,
    Audit20261123000100,
    ApiKeys20261123000200,
    ProviderSettings20261123000300,
    Jobs20261123000400,
    WebhookDeliveries20261123000500,
    Storage20261123000600,
    LostWebhooks20261125101500,
    RemovedBuckets20261125104000,
    Metrics20261125105000,
    AuditForwarding20261125110500,
    StalledUploads20261125111500,
    Backup20261125123800,
    JobCosts20261125124500,
    CompletedJobCosts20261125161000,
    JobCostSums20261125173000,
    OwedRemovals20261125173100,
  ],
};
