import { Table, type MigrationInterface, type QueryRunner } from 'typeorm';
import { MigrationColumns } from '../../database/index.js';

/** Jobs, what is still owed to them, their uploads, their timelines, idempotency keys, and the leases of the workers. */
export class Jobs20261123000400 implements MigrationInterface {
  readonly name = 'Jobs20261123000400';

  async up(queryRunner: QueryRunner): Promise<void> {
    const column = new MigrationColumns(queryRunner);
    for (const table of [jobs(column), runs(column), uploads(column), timeline(column), idempotency(column)])
      await queryRunner.createTable(table);
    await queryRunner.createTable(
      new Table({
        name: 'job_leases',
        columns: [
          { name: 'name', type: 'varchar', length: '32', isPrimary: true },
          column.varchar('holder', 36),
          column.bigint('until_ms'),
        ],
      }),
    );
    await queryRunner.query(
      "INSERT INTO job_leases (name, holder, until_ms) VALUES ('dispatch', '', 0), ('reconcile', '', 0)",
    );
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    for (const table of ['job_leases', 'job_idempotency', 'job_timeline', 'job_uploads', 'job_runs', 'jobs'])
      await queryRunner.dropTable(table);
  }
}

function jobs(column: MigrationColumns): Table {
  const byCreation = (name: string, ...first: string[]) => ({
    name,
    columnNames: [...first, 'created_at_ms', 'job_id'],
  });
  return new Table({
    name: 'jobs',
    columns: [
      column.id('job_id'),
      column.varchar('job_type', 16),
      column.varchar('provider', 64),
      column.varchar('provider_job_id', 255, true),
      column.varchar('status', 16),
      column.varchar('config_name', 255, true),
      column.varchar('tracker_run_name', 255, true),
      column.varchar('user_id', 128),
      column.text('metadata'),
      column.bigint('created_at_ms'),
      column.bigint('queued_at_ms', true),
      column.bigint('started_at_ms', true),
      column.integer('is_start_told'),
      column.bigint('completed_at_ms', true),
      column.integer('is_completion_told'),
      column.double('cost_usd', true),
      column.double('estimated_cost_usd', true),
      column.varchar('hardware_profile', 128, true),
      column.varchar('hardware_type', 128, true),
      column.text('error_message', true),
      column.text('output_url', true),
      column.text('progress', true),
      column.bigint('progress_at_ms', true),
      column.text('last_log', true),
      column.bigint('last_log_at_ms', true),
      column.varchar('correlation_id', 128),
    ],
    indices: [
      byCreation('jobs_created'),
      byCreation('jobs_user_created', 'user_id'),
      byCreation('jobs_status_created', 'status'),
      byCreation('jobs_provider_created', 'provider'),
      byCreation('jobs_type_created', 'job_type'),
      { name: 'jobs_provider_job', columnNames: ['provider', 'provider_job_id'] },
    ],
  });
}

function runs(column: MigrationColumns): Table {
  return new Table({
    name: 'job_runs',
    columns: [
      column.id('job_id'),
      column.varchar('provider', 64),
      column.text('submission'),
      column.bigint('dispatch_due_ms', true),
      column.varchar('claimed_by', 36, true),
      column.integer('dispatch_attempts'),
      column.bigint('settle_due_ms', true),
    ],
    indices: [
      { name: 'job_runs_dispatch', columnNames: ['provider', 'dispatch_due_ms'] },
      { name: 'job_runs_settle', columnNames: ['settle_due_ms'] },
    ],
  });
}

function uploads(column: MigrationColumns): Table {
  return new Table({
    name: 'job_uploads',
    columns: [
      column.id('job_id'),
      column.varchar('upload_token', 32),
      column.varchar('user_id', 128),
      column.varchar('provider', 64),
      column.bigint('created_at_ms'),
      column.bigint('closed_at_ms', true),
      column.integer('is_revoked'),
      column.bigint('files_received'),
      column.bigint('bytes_received'),
      column.bigint('bytes_in_flight'),
      column.double('rate_bytes_per_second'),
      column.text('current_file', true),
      column.text('error', true),
      column.bigint('last_upload_at_ms', true),
      column.bigint('updated_at_ms', true),
    ],
    indices: [{ name: 'job_uploads_token', columnNames: ['upload_token'], isUnique: true }],
  });
}

function timeline(column: MigrationColumns): Table {
  return new Table({
    name: 'job_timeline',
    columns: [
      column.sequence(),
      column.varchar('job_id', 36),
      column.bigint('at_ms'),
      column.varchar('source', 16),
      column.varchar('evidence_id', 255),
      column.varchar('from_status', 16, true),
      column.varchar('to_status', 16),
      column.text('note', true),
    ],
    indices: [{ name: 'job_timeline_job', columnNames: ['job_id', 'sequence'] }],
  });
}

function idempotency(column: MigrationColumns): Table {
  return new Table({
    name: 'job_idempotency',
    columns: [
      { name: 'key_hash', type: 'varchar', length: '64', isPrimary: true },
      column.varchar('fingerprint', 64),
      column.varchar('job_id', 36),
      column.bigint('expires_at_ms'),
    ],
    indices: [{ name: 'job_idempotency_expiry', columnNames: ['expires_at_ms'] }],
  });
}
