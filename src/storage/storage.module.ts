import { Module, type OnModuleInit } from '@nestjs/common';
import { HashPool } from '#libs/s3';
import { AuditModule } from '../audit/index.js';
import { HealthRegistry } from '../health/index.js';
import { Pipeline } from '../http/index.js';
import { JobsModule } from '../jobs/index.js';
import { ProvidersModule } from '../providers/index.js';
import { SecretsModule } from '../secrets/index.js';
import { BucketRemoval } from './bucket-removal.js';
import { Buckets } from './buckets.js';
import { ByteStores } from './byte-stores.js';
import { SqlObjectIndex } from './drivers/sql-object-index.js';
import { SqlOwedRemovals } from './drivers/sql-owed-removals.js';
import { SqlRemovedBuckets } from './drivers/sql-removed-buckets.js';
import { SqlUploadIndex } from './drivers/sql-upload-index.js';
import { Archives } from './files/archives.js';
import { DownloadLinks } from './files/download-links.js';
import { FileAccess } from './files/file-access.js';
import { FilesController } from './files/files.controller.js';
import { JobFiles } from './files/job-files.js';
import { Manifests } from './files/manifests.js';
import { Hashing } from './hashing.js';
import { Admission } from './http/admission.js';
import { Allowance } from './http/allowance.js';
import { Authenticator } from './http/authenticator.js';
import { Authorizer } from './http/authorizer.js';
import { Bodies } from './http/bodies.js';
import { BucketOperations, Listings } from './http/bucket-operations.js';
import { MultipartOperations, UploadParts } from './http/multipart-operations.js';
import { ObjectOperations } from './http/object-operations.js';
import { Operations } from './http/operations.js';
import { SignedTargets, STORAGE_PREFIX } from './http/signed-targets.js';
import { StorageHandler } from './http/storage.handler.js';
import { VisibleObjects } from './http/visible-objects.js';
import { InFlight } from './in-flight.js';
import { Intake } from './intake.js';
import { Joining } from './joining.js';
import { Reindexing, ReindexingTools } from './maintenance/reindexing.js';
import { StorageRecords, StorageVerification } from './maintenance/verification.js';
import { MultipartService } from './multipart.service.js';
import { ObjectIndex } from './object-index.js';
import { ObjectReader } from './object-reader.js';
import { ObjectService } from './object.service.js';
import { OwedRemovals } from './owed-removals.js';
import { Publisher, PublisherWorld } from './publisher.js';
import { RemovalRetries } from './removal-retries.js';
import { Sealing } from './sealing.js';
import { RemovedBuckets } from './removed-buckets.js';
import { StallWatch } from './stall-watch.js';
import { StorageHealth } from './storage.health.js';
import { StorageMetrics } from './storage.metrics.js';
import { Sweeper, SweeperWorld } from './sweeper.js';
import { UploadIndex } from './upload-index.js';

@Module({
  imports: [AuditModule, JobsModule, ProvidersModule, SecretsModule],
  controllers: [FilesController],
  providers: [
    { provide: ObjectIndex, useClass: SqlObjectIndex },
    { provide: UploadIndex, useClass: SqlUploadIndex },
    { provide: RemovedBuckets, useClass: SqlRemovedBuckets },
    { provide: OwedRemovals, useClass: SqlOwedRemovals },
    { provide: HashPool, useFactory: ({ pool }: Hashing) => pool, inject: [Hashing] },
    ...[Hashing, ByteStores, Buckets, Intake, Joining, InFlight, Publisher, PublisherWorld, Sealing],
    ...[Sweeper, SweeperWorld, BucketRemoval, RemovalRetries, StallWatch, StorageHealth, StorageMetrics],
    ...[ObjectReader, ObjectService, MultipartService],
    ...[StorageRecords, StorageVerification, ReindexingTools, Reindexing],
    ...[JobFiles, Manifests, Archives, DownloadLinks, FileAccess],
    ...[SignedTargets, Authenticator, Authorizer, Admission, Allowance, Bodies, VisibleObjects, Listings, UploadParts],
    ...[BucketOperations, ObjectOperations, MultipartOperations, Operations, StorageHandler],
  ],
})
export class StorageModule implements OnModuleInit {
  constructor(
    private readonly pipeline: Pipeline,
    private readonly handler: StorageHandler,
    private readonly health: StorageHealth,
    private readonly registry: HealthRegistry,
  ) {}

  onModuleInit(): void {
    this.pipeline.addPlainRoute(STORAGE_PREFIX, this.handler.handle);
    this.registry.add('storage', () => this.health.find());
  }
}
