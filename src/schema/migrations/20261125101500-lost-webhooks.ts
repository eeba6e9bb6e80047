import { Table, TableColumn, type MigrationInterface, type QueryRunner } from 'typeorm';
import { MigrationColumns } from '../../database/index.js';

/** Whether a run's end should come by webhook, and how many such ends had to be learned by asking. */
export class LostWebhooks20261125101500 implements MigrationInterface {
  readonly name = 'LostWebhooks20261125101500';

  async up(queryRunner: QueryRunner): Promise<void> {
    const column = new MigrationColumns(queryRunner);
    await queryRunner.addColumn('job_runs', new TableColumn({ ...column.integer('awaits_webhook'), default: 0 }));
    await queryRunner.createTable(
      new Table({
        name: 'lost_webhooks',
        columns: [
          { name: 'provider', type: 'varchar', length: '64', isPrimary: true },
          column.bigint('lost'),
          column.bigint('last_lost_at_ms', true),
        ],
      }),
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('lost_webhooks');
    await queryRunner.dropColumn('job_runs', 'awaits_webhook');
  }
}
