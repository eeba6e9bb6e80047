import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { MigrationColumns } from '../../database/index.js';

export class ProviderSettings20261123000300 implements MigrationInterface {
  readonly name = 'ProviderSettings20261123000300';

  async up(queryRunner: QueryRunner): Promise<void> {
    const column = new MigrationColumns(queryRunner);
    await queryRunner.createTable(
      new Table({
        name: 'provider_settings',
        columns: [
          { ...column.varchar('provider', 64), isPrimary: true },
          column.text('fields'),
          column.integer('version'),
          column.bigint('updated_at_ms'),
        ],
      }),
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('provider_settings');
  }
}
