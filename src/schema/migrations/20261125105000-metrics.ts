import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { newId } from '#libs/ids';
import { MigrationColumns } from '../../database/index.js';

interface TotalRow {
  readonly name: string;
  readonly labels: readonly string[];
  readonly amount: number;
}

type Numbers<Name extends string> = Readonly<Record<Name, string | number | null>>;

/** Totals of the fleet, counted once from what is there; and what may be scraped. */
export class Metrics20261125105000 implements MigrationInterface {
  readonly name = 'Metrics20261125105000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const column = new MigrationColumns(queryRunner);
    await queryRunner.createTable(
      new Table({
        name: 'metric_totals',
        columns: [column.id(), column.varchar('name', 96), column.varchar('labels', 512), column.bigint('amount')],
      }),
    );
    await queryRunner.createTable(
      new Table({
        name: 'metrics_settings',
        columns: [
          { ...column.integer('id'), isPrimary: true },
          column.integer('is_enabled'),
          column.text('categories'),
          column.bigint('updated_at_ms', true),
        ],
      }),
    );
    await queryRunner.query(
      `INSERT INTO metrics_settings (id, is_enabled, categories) VALUES (1, 0, '["jobs","http"]')`,
    );
    const totals = [...(await jobTotals(queryRunner)), ...(await storageTotals(queryRunner))];
    for (const { name, labels, amount } of totals) {
      const values = [newId(), name, JSON.stringify(labels)].map((text) => `'${text.replaceAll("'", "''")}'`);
      await queryRunner.query(
        `INSERT INTO metric_totals (id, name, labels, amount) VALUES (${values.join(', ')}, ${amount})`,
      );
    }
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('metrics_settings');
    await queryRunner.dropTable('metric_totals');
  }
}

async function jobTotals(queryRunner: QueryRunner): Promise<TotalRow[]> {
  const isTimed = 'completed_at_ms >= started_at_ms';
  const rows = (await queryRunner.query(
    `SELECT provider, status, COUNT(*) AS jobs, SUM(ROUND(COALESCE(cost_usd, 0) * 1000000)) AS cost,
       SUM(CASE WHEN ${isTimed} THEN 1 ELSE 0 END) AS timed,
       SUM(CASE WHEN ${isTimed} THEN completed_at_ms - started_at_ms ELSE 0 END) AS duration
     FROM jobs GROUP BY provider, status`,
  )) as (Numbers<'jobs' | 'cost' | 'timed' | 'duration'> & { provider: string; status: string })[];
  return rows.flatMap(({ provider, status, jobs, cost, timed, duration }) => [
    { name: 'jobs', labels: [provider, status], amount: Number(jobs) },
    { name: 'jobs_submitted', labels: [provider], amount: Number(jobs) },
    ...(['completed', 'failed', 'cancelled'].includes(status)
      ? [{ name: 'jobs_ended', labels: [provider, status], amount: Number(jobs) }]
      : []),
    { name: 'jobs_cost_microusd', labels: [provider], amount: Number(cost) },
    { name: 'jobs_timed', labels: [], amount: Number(timed) },
    { name: 'jobs_duration_ms', labels: [], amount: Number(duration) },
  ]);
}

async function storageTotals(queryRunner: QueryRunner): Promise<TotalRow[]> {
  const [row] = (await queryRunner.query(
    'SELECT SUM(objects) AS objects, SUM(object_bytes) AS object_bytes, SUM(part_bytes) AS part_bytes FROM storage_buckets',
  )) as Numbers<'objects' | 'object_bytes' | 'part_bytes'>[];
  return [
    { name: 'storage_objects', labels: [], amount: Number(row?.objects ?? 0) },
    { name: 'storage_object_bytes', labels: [], amount: Number(row?.object_bytes ?? 0) },
    { name: 'storage_part_bytes', labels: [], amount: Number(row?.part_bytes ?? 0) },
  ];
}
