import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { MigrationColumns } from '../../database/index.js';

/** How far the audit log has been sent to a receiver outside. */
export class AuditForwarding20261125110500 implements MigrationInterface {
  readonly name = 'AuditForwarding20261125110500';

  async up(queryRunner: QueryRunner): Promise<void> {
    const column = new MigrationColumns(queryRunner);
    await queryRunner.createTable(
      new Table({
        name: 'audit_forwarding',
        columns: [
          { name: 'id', type: 'integer', isPrimary: true },
          column.bigint('sent_through'),
          column.bigint('sent_at_ms'),
        ],
      }),
    );
    await queryRunner.query('INSERT INTO audit_forwarding VALUES (1, 0, 0)');
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('audit_forwarding');
  }
}
