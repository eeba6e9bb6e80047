import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { MigrationColumns } from '../../database/index.js';

/** The hash that the first row of the chain follows. */
const GENESIS_HASH = '0'.repeat(64);

export class Audit20261123000100 implements MigrationInterface {
  readonly name = 'Audit20261123000100';

  async up(queryRunner: QueryRunner): Promise<void> {
    const column = new MigrationColumns(queryRunner);
    await queryRunner.createTable(
      new Table({
        name: 'audit_entries',
        columns: [
          { ...column.bigint('sequence'), isPrimary: true },
          column.varchar('type', 64),
          column.bigint('created_at_ms'),
          column.varchar('actor_id', 128),
          column.varchar('user_id', 128, true),
          column.varchar('address', 64, true),
          column.varchar('target_type', 64, true),
          column.varchar('target_id', 128, true),
          column.text('details'),
          column.varchar('correlation_id', 128, true),
          column.bigint('clock_set_back_ms', true),
          column.varchar('previous_hash', 64),
          column.varchar('hash', 64),
          column.varchar('seal', 64),
        ],
        indices: [
          { name: 'audit_entries_type', columnNames: ['type', 'sequence'] },
          { name: 'audit_entries_actor', columnNames: ['actor_id', 'sequence'] },
          { name: 'audit_entries_target', columnNames: ['target_type', 'target_id', 'sequence'] },
          { name: 'audit_entries_address', columnNames: ['address', 'sequence'] },
          { name: 'audit_entries_created_at', columnNames: ['created_at_ms', 'sequence'] },
        ],
      }),
    );
    await queryRunner.createTable(
      new Table({
        name: 'audit_head',
        columns: [
          { name: 'id', type: 'integer', isPrimary: true },
          column.bigint('sequence'),
          column.varchar('hash', 64),
          column.bigint('created_at_ms'),
        ],
      }),
    );
    await queryRunner.query(
      `INSERT INTO audit_head (id, sequence, hash, created_at_ms) VALUES (1, 0, '${GENESIS_HASH}', 0)`,
    );
    await this.createCheckpoints(queryRunner, column);
  }

  private async createCheckpoints(queryRunner: QueryRunner, column: MigrationColumns): Promise<void> {
    await queryRunner.createTable(
      new Table({
        name: 'audit_checkpoints',
        columns: [
          { ...column.bigint('sequence'), isPrimary: true },
          column.varchar('hash', 64),
          column.bigint('time_ms'),
          column.bigint('signed_at_ms'),
          column.integer('segment'),
          column.integer('ends_segment'),
          column.varchar('key_id', 16),
          column.varchar('signature', 128),
        ],
      }),
    );
    await queryRunner.createTable(
      new Table({
        name: 'audit_progress',
        columns: [
          { name: 'id', type: 'integer', isPrimary: true },
          column.bigint('signed_through'),
          column.bigint('signed_at_ms'),
          column.integer('segment'),
          column.bigint('segment_from_sequence'),
          column.bigint('counted_through'),
          column.bigint('retired_through'),
        ],
      }),
    );
    await queryRunner.query('INSERT INTO audit_progress VALUES (1, 0, 0, 1, 1, 0, 0)');
    await queryRunner.createTable(
      new Table({
        name: 'audit_counts',
        columns: [{ ...column.varchar('type', 64), isPrimary: true }, column.bigint('entries')],
      }),
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['audit_counts', 'audit_progress', 'audit_checkpoints', 'audit_head', 'audit_entries'])
      await queryRunner.dropTable(table);
  }
}
