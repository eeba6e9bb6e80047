import { TableColumn, TableIndex, type MigrationInterface, type QueryRunner } from 'typeorm';
import { MigrationColumns } from '../../database/index.js';

/** In which rhythm the uploads of a job arrive, and since when they have stalled. */
export class StalledUploads20261125111500 implements MigrationInterface {
  readonly name = 'StalledUploads20261125111500';

  async up(queryRunner: QueryRunner): Promise<void> {
    const column = new MigrationColumns(queryRunner);
    await queryRunner.addColumns('job_uploads', [
      new TableColumn(column.bigint('stalled_at_ms', true)),
      new TableColumn({ ...column.integer('gap_count'), default: 0 }),
      new TableColumn({ ...column.bigint('longest_gap_ms'), default: 0 }),
    ]);
    await queryRunner.createIndex(
      'job_uploads',
      new TableIndex({ name: 'job_uploads_silent', columnNames: ['closed_at_ms', 'updated_at_ms'] }),
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropIndex('job_uploads', 'job_uploads_silent');
    for (const name of ['longest_gap_ms', 'gap_count', 'stalled_at_ms'])
      await queryRunner.dropColumn('job_uploads', name);
  }
}
