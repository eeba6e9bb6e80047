import { Table, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';
import { MigrationColumns } from '../../database/index.js';

/** Bytes of objects that are deleted or replaced, until they are removed from their store. */
export class OwedRemovals20261125173100 implements MigrationInterface {
  readonly name = 'OwedRemovals20261125173100';

  async up(queryRunner: QueryRunner): Promise<void> {
    const column = new MigrationColumns(queryRunner);
    await queryRunner.createTable(
      new Table({
        name: 'storage_removals',
        columns: [
          { ...column.varchar('blob', 80), isPrimary: true },
          column.varchar('job_id', 36),
          column.bytes('object_key'),
          column.text('store'),
          column.bigint('since_ms'),
        ],
        indices: [
          new TableIndex({ name: 'storage_removals_address', columnNames: ['job_id', 'object_key'] }),
          new TableIndex({ name: 'storage_removals_since', columnNames: ['since_ms'] }),
        ],
      }),
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('storage_removals');
  }
}
