import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { MigrationColumns } from '../../database/index.js';

/** The state of the backups, and the servers that work with the database. */
export class Backup20261125123800 implements MigrationInterface {
  readonly name = 'Backup20261125123800';

  async up(queryRunner: QueryRunner): Promise<void> {
    const column = new MigrationColumns(queryRunner);
    await queryRunner.createTable(
      new Table({
        name: 'backup_state',
        columns: [
          { name: 'id', type: 'integer', isPrimary: true },
          column.bigint('scheduled_through_ms'),
          column.varchar('lease_holder', 36),
          column.bigint('lease_until_ms'),
          column.bigint('last_success_at_ms'),
          column.bigint('last_failure_at_ms'),
          column.text('last_failure'),
        ],
      }),
    );
    await queryRunner.query("INSERT INTO backup_state VALUES (1, 0, '', 0, 0, 0, '')");
    await queryRunner.createTable(
      new Table({
        name: 'server_processes',
        columns: [
          { ...column.varchar('id', 36), isPrimary: true },
          column.varchar('host', 255),
          column.bigint('seen_at_ms'),
        ],
      }),
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('server_processes');
    await queryRunner.dropTable('backup_state');
  }
}
