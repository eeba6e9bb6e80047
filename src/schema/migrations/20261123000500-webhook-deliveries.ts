import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { MigrationColumns } from '../../database/index.js';

export class WebhookDeliveries20261123000500 implements MigrationInterface {
  readonly name = 'WebhookDeliveries20261123000500';

  async up(queryRunner: QueryRunner): Promise<void> {
    const column = new MigrationColumns(queryRunner);
    await queryRunner.createTable(
      new Table({
        name: 'webhook_deliveries',
        columns: [
          column.id(),
          column.varchar('provider', 64),
          column.varchar('webhook_id', 256),
          column.varchar('job_id', 64, true),
          column.varchar('address', 64),
          column.varchar('correlation_id', 128),
          column.bigint('received_at_ms'),
          column.text('body'),
          column.varchar('state', 16),
          column.integer('attempts'),
          column.bigint('next_attempt_at_ms'),
          column.bigint('processed_at_ms', true),
          column.varchar('outcome', 512, true),
        ],
        indices: [
          { name: 'webhook_deliveries_sender', columnNames: ['provider', 'webhook_id'], isUnique: true },
          { name: 'webhook_deliveries_due', columnNames: ['state', 'next_attempt_at_ms'] },
          { name: 'webhook_deliveries_received', columnNames: ['received_at_ms', 'id'] },
          { name: 'webhook_deliveries_job', columnNames: ['job_id'] },
        ],
      }),
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('webhook_deliveries');
  }
}
