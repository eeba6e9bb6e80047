import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { MigrationColumns } from '../../database/index.js';

export class ApiKeys20261123000200 implements MigrationInterface {
  readonly name = 'ApiKeys20261123000200';

  async up(queryRunner: QueryRunner): Promise<void> {
    const column = new MigrationColumns(queryRunner);
    await queryRunner.createTable(
      new Table({
        name: 'api_keys',
        columns: [
          column.id(),
          column.varchar('hash', 64),
          column.varchar('name', 128),
          column.varchar('user_id', 128),
          column.varchar('hint', 16),
          column.text('scopes'),
          column.bigint('created_at_ms'),
          column.bigint('expires_at_ms', true),
          column.bigint('last_used_at_ms', true),
          column.bigint('revoked_at_ms', true),
        ],
        indices: [
          { name: 'api_keys_hash', columnNames: ['hash'], isUnique: true },
          { name: 'api_keys_user_id', columnNames: ['user_id'] },
        ],
      }),
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await queryRunner.dropTable('api_keys');
  }
}
