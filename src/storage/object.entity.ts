import { Column, Entity, Index } from 'typeorm';
import type { Checksum, ObjectMetadata } from '#libs/s3';
import { columns } from '../database/index.js';

@Entity('storage_objects')
export class ObjectEntity {
  @Column(columns.varchar(36, { name: 'job_id', primary: true }))
  jobId!: string;

  @Column(columns.bytes({ name: 'object_key', primary: true }))
  key!: string;

  @Index('storage_objects_blob')
  @Column(columns.varchar(80))
  blob!: string;

  @Column(columns.bigint())
  bytes!: number;

  @Column(columns.varchar(48))
  etag!: string;

  @Column(columns.varchar(64))
  sha256!: string;

  @Column(columns.json())
  metadata!: ObjectMetadata;

  @Column(columns.json({ nullable: true }))
  checksum!: Checksum | null;

  @Column(columns.bigint({ name: 'last_modified_ms' }))
  lastModifiedMs!: number;
}
