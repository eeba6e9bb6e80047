import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { MigrationColumns } from '../../database/index.js';

/** What jobs cost, apart from the jobs: a sum must neither grow with their history nor shrink when one is deleted. */
export class JobCosts20261125124500 implements MigrationInterface {
  readonly name = 'JobCosts20261125124500';

  async up(queryRunner: QueryRunner): Promise<void> {
    const column = new MigrationColumns(queryRunner);
    await queryRunner.createTable(
      new Table({
        name: 'job_costs',
        columns: [
          column.id('job_id'),
          column.varchar('provider', 64),
          column.varchar('user_id', 128),
          column.varchar('hardware', 128),
          column.bigint('at_ms'),
          column.double('usd'),
          column.integer('is_open'),
        ],
        indices: [
          { name: 'job_costs_provider', columnNames: ['provider', 'is_open', 'at_ms', 'usd'] },
          { name: 'job_costs_hardware', columnNames: ['provider', 'hardware', 'is_open', 'at_ms', 'usd'] },
        ],
      }),
    );
    await queryRunner.createTable(
      new Table({
        name: 'job_cost_turns',
        columns: [{ name: 'provider', type: 'varchar', length: '64', isPrimary: true }, column.bigint('turn')],
      }),
    );
    const isOpen = "CASE WHEN status IN ('completed', 'failed', 'cancelled') THEN 0 ELSE 1 END";
    await queryRunner.query(
      `INSERT INTO job_costs (job_id, provider, user_id, hardware, at_ms, usd, is_open)
       SELECT job_id, provider, user_id, COALESCE(hardware_profile, ''), COALESCE(completed_at_ms, created_at_ms),
              COALESCE(cost_usd, 0), ${isOpen} FROM jobs`,
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['job_cost_turns', 'job_costs']) await queryRunner.dropTable(table);
  }
}
