import { AuditEntryEntity, AuditHeadEntity } from '../audit/index.js';
import { ApiKeyEntity } from '../auth/index.js';
import { HeartbeatEntity, type Schema } from '../database/index.js';
import { EventEntity } from '../events/index.js';
import { jobEntities } from '../jobs/index.js';
import { ProviderSettingsEntity } from '../providers/index.js';
import { BucketEntity, ObjectEntity, PartEntity, UploadEntity } from '../storage/index.js';
import { Platform20261123000000 } from './migrations/20261123000000-platform.js';
import { Audit20261123000100 } from './migrations/20261123000100-audit.js';
import { ApiKeys20261123000200 } from './migrations/20261123000200-api-keys.js';
import { ProviderSettings20261123000300 } from './migrations/20261123000300-provider-settings.js';
import { Jobs20261123000400 } from './migrations/20261123000400-jobs.js';
import { Storage20261123000600 } from './migrations/20261123000600-storage.js';

/** Every table of the server and the one ordered list of migrations that makes them. */
export const schema: Schema = {
  entities: [
    HeartbeatEntity,
    EventEntity,
    AuditEntryEntity,
    AuditHeadEntity,
    ApiKeyEntity,
    ProviderSettingsEntity,
    ...jobEntities,
    BucketEntity,
    ObjectEntity,
    PartEntity,
    UploadEntity,
  ],
  migrations: [
    Platform20261123000000,
    Audit20261123000100,
    ApiKeys20261123000200,
    ProviderSettings20261123000300,
    Jobs20261123000400,
    Storage20261123000600,
  ],
};
