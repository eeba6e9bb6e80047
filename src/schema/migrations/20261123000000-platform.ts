import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { MigrationColumns } from '../../database/index.js';

/** What the platform itself stores: the heartbeat of the health check and the outbox of events. */
export class Platform20261123000000 implements MigrationInterface {
  readonly name = 'Platform20261123000000';

  async up(queryRunner: QueryRunner): Promise<void> {
    const column = new MigrationColumns(queryRunner);
    if (column.isMysql) {
      // Text compares byte by byte on every database: keys and ids must not be equal because their case or accents are.
      await queryRunner.query('ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_bin');
    }
    await queryRunner.createTable(
      new Table({
        name: 'heartbeat',
        columns: [{ name: 'id', type: 'integer', isPrimary: true }, column.bigint('at_ms')],
      }),
    );
    await queryRunner.query('INSERT INTO heartbeat (id, at_ms) VALUES (1, 0)');
    await queryRunner.createTable(
      new Table({
        name: 'events',
        columns: [
          column.sequence(),
          column.varchar('type', 64),
          column.varchar('user_id', 128, true),
          column.text('payload'),
          column.bigint('created_at_ms'),
        ],
        indices: [{ name: 'events_created_at', columnNames: ['created_at_ms'] }],
      }),
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('events');
    await queryRunner.dropTable('heartbeat');
  }
}
