import { Column, Entity, Index } from 'typeorm';
import type { MultipartChecksum, ObjectMetadata } from '#libs/s3';
import { columns } from '../database/index.js';
import type { CompletedObject, MultipartUpload } from './object.js';

@Entity('storage_uploads')
@Index('storage_uploads_key', ['jobId', 'key', 'uploadId'])
@Index('storage_uploads_state', ['state', 'activeAtMs'])
export class UploadEntity {
  @Column(columns.varchar(36, { name: 'upload_id', primary: true }))
  uploadId!: string;

  @Column(columns.varchar(36, { name: 'job_id' }))
  jobId!: string;

  @Column(columns.bytes({ name: 'object_key' }))
  key!: string;

  @Column(columns.json())
  metadata!: ObjectMetadata;

  @Column(columns.json({ nullable: true }))
  checksum!: MultipartChecksum | null;

  @Column(columns.varchar(16))
  state!: MultipartUpload['state'];

  @Column(columns.bigint({ name: 'initiated_ms' }))
  initiatedMs!: number;

  /** When the last part arrived, or when it ended. */
  @Column(columns.bigint({ name: 'active_at_ms' }))
  activeAtMs!: number;

  @Column(columns.json({ nullable: true }))
  completed!: CompletedObject | null;

  @Column(columns.bigint({ name: 'ended_at_ms', nullable: true }))
  endedAtMs!: number | null;
}
