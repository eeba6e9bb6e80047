import { TableColumn, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';
import { MigrationColumns } from '../../database/index.js';

const OLD = { name: 'job_costs_hardware', columnNames: ['provider', 'hardware', 'is_open', 'at_ms', 'usd'] };
const NEW = { name: 'job_costs_completed', columnNames: ['provider', 'hardware', 'is_completed', 'at_ms', 'usd'] };

/** Which costs are those of completed jobs: only these tell what another job will cost. */
export class CompletedJobCosts20261125161000 implements MigrationInterface {
  readonly name = 'CompletedJobCosts20261125161000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const column = new MigrationColumns(queryRunner);
    await queryRunner.addColumn('job_costs', new TableColumn({ ...column.integer('is_completed'), default: 0 }));
    await queryRunner.query(
      `UPDATE job_costs SET is_completed = 1 WHERE job_id IN (SELECT job_id FROM jobs WHERE status = 'completed')`,
    );
    await queryRunner.createIndex('job_costs', new TableIndex(NEW));
    await queryRunner.dropIndex('job_costs', OLD.name);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createIndex('job_costs', new TableIndex(OLD));
    await queryRunner.dropIndex('job_costs', NEW.name);
    await queryRunner.dropColumn('job_costs', 'is_completed');
  }
}
