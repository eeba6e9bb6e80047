export { BucketEntity } from './bucket.entity.js';
export { faults, type Finding, type Tally } from './maintenance/finding.js';
export { Reindexing } from './maintenance/reindexing.js';
export { StorageVerification } from './maintenance/verification.js';
export { ObjectEntity } from './object.entity.js';
export { PartEntity } from './part.entity.js';
export { StorageModule } from './storage.module.js';
export { UploadEntity } from './upload.entity.js';
