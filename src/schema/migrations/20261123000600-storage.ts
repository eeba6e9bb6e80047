import { Table, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';
import { MigrationColumns } from '../../database/index.js';

/** The index of stored objects, what each job holds, and the multipart uploads under way. */
export class Storage20261123000600 implements MigrationInterface {
  readonly name = 'Storage20261123000600';

  async up(queryRunner: QueryRunner): Promise<void> {
    const column = new MigrationColumns(queryRunner);
    await this.createObjects(queryRunner, column);
    await this.createUploads(queryRunner, column);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['storage_parts', 'storage_uploads', 'storage_objects', 'storage_buckets']) {
      await queryRunner.dropTable(table);
    }
  }

  private async createObjects(queryRunner: QueryRunner, column: MigrationColumns): Promise<void> {
    await queryRunner.createTable(
      new Table({
        name: 'storage_buckets',
        columns: [
          column.id('job_id'),
          column.varchar('user_id', 128),
          column.text('store'),
          column.bigint('created_ms'),
          column.bigint('objects'),
          column.bigint('object_bytes'),
          column.bigint('part_bytes'),
        ],
        indices: [new TableIndex({ name: 'storage_buckets_user_id', columnNames: ['user_id'] })],
      }),
    );
    await queryRunner.createTable(
      new Table({
        name: 'storage_objects',
        columns: [
          column.id('job_id'),
          { ...column.bytes('object_key'), isPrimary: true },
          column.varchar('blob', 80),
          column.bigint('bytes'),
          column.varchar('etag', 48),
          column.varchar('sha256', 64),
          column.text('metadata'),
          column.text('checksum', true),
          column.bigint('last_modified_ms'),
        ],
        indices: [new TableIndex({ name: 'storage_objects_blob', columnNames: ['blob'] })],
      }),
    );
  }

  private async createUploads(queryRunner: QueryRunner, column: MigrationColumns): Promise<void> {
    await queryRunner.createTable(
      new Table({
        name: 'storage_uploads',
        columns: [
          column.id('upload_id'),
          column.varchar('job_id', 36),
          column.bytes('object_key'),
          column.text('metadata'),
          column.text('checksum', true),
          column.varchar('state', 16),
          column.bigint('initiated_ms'),
          column.bigint('active_at_ms'),
          column.text('completed', true),
          column.bigint('ended_at_ms', true),
        ],
        indices: [
          new TableIndex({ name: 'storage_uploads_key', columnNames: ['job_id', 'object_key', 'upload_id'] }),
          new TableIndex({ name: 'storage_uploads_state', columnNames: ['state', 'active_at_ms'] }),
        ],
      }),
    );
    await queryRunner.createTable(
      new Table({
        name: 'storage_parts',
        columns: [
          column.id('upload_id'),
          { ...column.integer('part_number'), isPrimary: true },
          column.varchar('blob', 80),
          column.bigint('bytes'),
          column.varchar('etag', 48),
          column.text('checksum', true),
          column.bigint('last_modified_ms'),
        ],
        indices: [new TableIndex({ name: 'storage_parts_blob', columnNames: ['blob'] })],
      }),
    );
  }
}
