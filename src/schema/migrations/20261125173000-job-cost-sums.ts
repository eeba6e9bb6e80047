import { Table, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';
import { newId } from '#libs/ids';
import { MigrationColumns } from '../../database/index.js';

const OLD = { name: 'job_costs_provider', columnNames: ['provider', 'is_open', 'at_ms', 'usd'] };
const SUMMED = ['provider', 'is_open', 'day_ms', 'nanousd'];

interface SumRow {
  readonly provider: string;
  readonly is_open: number | string;
  readonly day_ms: number | string;
  readonly nanousd: number | string;
}

/** Sums of costs, kept as costs change: a limit is weighed without adding up the jobs of its period. */
export class JobCostSums20261125173000 implements MigrationInterface {
  readonly name = 'JobCostSums20261125173000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const column = new MigrationColumns(queryRunner);
    await queryRunner.createTable(
      new Table({
        name: 'job_cost_sums',
        columns: [
          column.id(),
          column.varchar('provider', 64),
          column.integer('is_open'),
          column.bigint('day_ms'),
          column.bigint('nanousd'),
        ],
        indices: [{ name: 'job_cost_sums_provider', columnNames: SUMMED }],
      }),
    );
    // What cost nothing tells nothing of what others will cost, and would be looked through for each estimate.
    await queryRunner.query('UPDATE job_costs SET is_completed = 0 WHERE is_completed = 1 AND usd <= 0');
    const dayMs = 'CASE WHEN is_open = 1 THEN 0 ELSE at_ms - at_ms % 86400000 END';
    const nanousd = 'FLOOR(CASE WHEN usd > 1000000 THEN 1000000 ELSE usd END * 1000000000 + 0.5)';
    const sums = (await queryRunner.query(
      `SELECT provider, is_open, ${dayMs} AS day_ms, SUM(${nanousd}) AS nanousd FROM job_costs
       GROUP BY provider, is_open, ${dayMs}`,
    )) as SumRow[];
    for (const sum of sums) {
      const provider = `'${sum.provider.replaceAll("'", "''")}'`;
      const numbers = [sum.is_open, sum.day_ms, sum.nanousd].map((value) => BigInt(Number(value)));
      await queryRunner.query(
        `INSERT INTO job_cost_sums (id, provider, is_open, day_ms, nanousd) VALUES ('${newId()}', ${provider}, ${numbers.join(', ')})`,
      );
    }
    await queryRunner.dropIndex('job_costs', OLD.name);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.createIndex('job_costs', new TableIndex(OLD));
    await queryRunner.dropTable('job_cost_sums');
  }
}
