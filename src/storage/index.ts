export { BucketEntity } from './bucket.entity.js';
export { ObjectEntity } from './object.entity.js';
export { PartEntity } from './part.entity.js';
export { StorageModule } from './storage.module.js';
export { UploadEntity } from './upload.entity.js';
