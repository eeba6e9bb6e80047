import { TableColumn, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';
import { MigrationColumns } from '../../database/index.js';

/** Buckets whose job was deleted, until their files are gone too. */
export class RemovedBuckets20261125104000 implements MigrationInterface {
  readonly name = 'RemovedBuckets20261125104000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const column = new MigrationColumns(queryRunner);
    await queryRunner.addColumn('storage_buckets', new TableColumn(column.bigint('removed_at_ms', true)));
    await queryRunner.createIndex(
      'storage_buckets',
      new TableIndex({ name: 'storage_buckets_removed', columnNames: ['removed_at_ms'] }),
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropIndex('storage_buckets', 'storage_buckets_removed');
    await queryRunner.dropColumn('storage_buckets', 'removed_at_ms');
  }
}
