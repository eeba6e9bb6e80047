import { Column, Entity, Index } from 'typeorm';
import type { Checksum } from '#libs/s3';
import { columns } from '../database/index.js';

@Entity('storage_parts')
export class PartEntity {
  @Column(columns.varchar(36, { name: 'upload_id', primary: true }))
  uploadId!: string;

  @Column(columns.integer({ name: 'part_number', primary: true }))
  partNumber!: number;

  @Index('storage_parts_blob')
  @Column(columns.varchar(80))
  blob!: string;

  @Column(columns.bigint())
  bytes!: number;

  @Column(columns.varchar(48))
  etag!: string;

  @Column(columns.json({ nullable: true }))
  checksum!: Checksum | null;

  @Column(columns.bigint({ name: 'last_modified_ms' }))
  lastModifiedMs!: number;
}
