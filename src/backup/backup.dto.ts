import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsOptional } from 'class-validator';
import type { Backup, DatabaseInfo, Drill } from './backup.js';
import { createdAtMs, schemaVersion } from './backup.js';
import type { Restoration } from './restorer.js';

export class CreateBackupBody {
  @ApiPropertyOptional({ default: false, description: 'gzip the file' })
  @IsOptional()
  @IsBoolean()
  compress: boolean = false;
}

export class DrillView {
  @ApiProperty({ enum: ['passed', 'failed', 'not drilled'] }) status!: string;
  @ApiProperty({ nullable: true, type: String, description: 'what was damaged, or why it was not drilled' }) reason!:
    string | null;
  @ApiProperty({ description: 'when it was restored to scratch, ISO-8601' }) at!: string;
  @ApiProperty({ description: 'how long that took' }) duration_ms!: number;

  static of({ status, reason, atMs, durationMs }: Drill): DrillView {
    return { status, reason, at: instant(atMs), duration_ms: durationMs };
  }
}

export class BackupView {
  @ApiProperty({ description: 'its file name' }) id!: string;
  @ApiProperty({ description: 'where its file is on the machine of the server' }) path!: string;
  @ApiProperty({ description: 'when it was begun, ISO-8601; without a manifest when the file was written' })
  created_at!: string;
  @ApiProperty({ description: 'of the file as it is, packed or not' }) size_bytes!: number;
  @ApiProperty({ description: 'false for files of other programs: what follows is null then' }) has_manifest!: boolean;
  @ApiProperty({
    nullable: true,
    type: String,
    enum: ['manual', 'scheduled', 'safety'],
    description: 'safety: kept by a restore of what it replaced',
  })
  trigger!: string | null;
  @ApiProperty({ nullable: true, type: String, enum: ['sqlite', 'postgres', 'mysql'] }) database!: string | null;
  @ApiProperty({ nullable: true, type: Boolean }) compressed!: boolean | null;
  @ApiProperty({ nullable: true, type: String, description: 'of the file, hexadecimal' }) sha256!: string | null;
  @ApiProperty({ nullable: true, type: String }) server_version!: string | null;
  @ApiProperty({ nullable: true, type: String, description: 'its newest migration' }) schema_version!: string | null;
  @ApiProperty({ nullable: true, type: Number }) job_count!: number | null;
  @ApiProperty({
    nullable: true,
    type: 'object',
    additionalProperties: { type: 'number' },
    description: 'rows of each table',
  })
  rows!: Readonly<Record<string, number>> | null;
  @ApiProperty({ nullable: true, type: Number, description: 'last row of the audit log in it' })
  audit_sequence!: number | null;
  @ApiProperty({ nullable: true, type: Number, description: 'to make and to drill it' }) duration_ms!: number | null;
  @ApiProperty({ nullable: true, type: DrillView, description: 'the last time it was restored to scratch' })
  drill!: DrillView | null;

  static of(backup: Backup): BackupView {
    const { manifest } = backup;
    return {
      id: backup.id,
      path: backup.path,
      created_at: instant(createdAtMs(backup)),
      size_bytes: backup.bytes,
      has_manifest: manifest !== undefined,
      trigger: manifest?.trigger ?? null,
      database: manifest?.database ?? null,
      compressed: manifest?.compressed ?? null,
      sha256: manifest?.sha256 ?? null,
      server_version: manifest?.serverVersion ?? null,
      schema_version: manifest ? schemaVersion(manifest) : null,
      job_count: manifest?.rows['jobs'] ?? null,
      rows: manifest?.rows ?? null,
      audit_sequence: manifest?.audit.sequence ?? null,
      duration_ms: manifest?.durationMs ?? null,
      drill: manifest ? DrillView.of(manifest.drill) : null,
    };
  }
}

export class BackupListView {
  @ApiProperty({ type: [BackupView], description: 'newest first' }) backups!: BackupView[];
}

export class VerificationView {
  @ApiProperty({ description: 'always true: a damaged backup is answered with backup_damaged' }) ok!: boolean;
  @ApiProperty({ type: BackupView }) backup!: BackupView;
  @ApiProperty({ type: DrillView }) drill!: DrillView;
}

export class RestorationView {
  @ApiProperty({ type: BackupView }) backup!: BackupView;
  @ApiProperty({ nullable: true, type: BackupView, description: 'what was there before' })
  safety_copy!: BackupView | null;
  @ApiProperty({ type: [String], description: 'those that the backup lacked' }) migrations_applied!: readonly string[];
  @ApiProperty({ description: 'from the request to the restored records' }) duration_ms!: number;

  static of({ backup, safetyCopy, migrationsApplied, durationMs }: Restoration): RestorationView {
    return {
      backup: BackupView.of(backup),
      safety_copy: safetyCopy ? BackupView.of(safetyCopy) : null,
      migrations_applied: migrationsApplied,
      duration_ms: durationMs,
    };
  }
}

export class PruneView {
  @ApiProperty({ type: [String], description: 'ids' }) deleted!: readonly string[];
}

/** How things stand with the schedule. */
export interface BackupOutlook {
  readonly folder: string;
  readonly schedule: string;
  readonly retentionDays: number;
  readonly lastSuccessAtMs: number;
  readonly lastFailureAtMs: number;
  readonly lastFailure: string;
  readonly nextAtMs: number | undefined;
}

export class BackupInfoView {
  @ApiProperty({ description: 'the file, or the address without credentials' }) path!: string;
  @ApiProperty({ enum: ['sqlite', 'postgres', 'mysql'] }) database!: string;
  @ApiProperty({ description: 'in MiB, two decimals' }) size_mb!: number;
  @ApiProperty() size_bytes!: number;
  @ApiProperty() job_count!: number;
  @ApiProperty({ description: 'the newest migration' }) schema_version!: string;
  @ApiProperty({ description: 'where backups lie on the machine of the server' }) backup_directory!: string;
  @ApiProperty({
    nullable: true,
    type: String,
    description: 'cron expression in UTC; null: backups are made on request only',
  })
  schedule!: string | null;
  @ApiProperty({ description: 'older ones are deleted, but never the last good one' }) retention_days!: number;
  @ApiProperty({ nullable: true, type: String, description: 'over all replicas and the command line, ISO-8601' })
  last_success_at!: string | null;
  @ApiProperty({ nullable: true, type: String }) last_failure_at!: string | null;
  @ApiProperty({ nullable: true, type: String, description: 'why the last attempt failed' })
  last_failure!: string | null;
  @ApiProperty({ nullable: true, type: String, description: 'when the next one is due; null without a schedule' })
  next_at!: string | null;

  static of(info: DatabaseInfo, outlook: BackupOutlook): BackupInfoView {
    const { lastSuccessAtMs, lastFailureAtMs, nextAtMs } = outlook;
    return {
      path: info.path,
      database: info.database,
      size_mb: Math.round((info.bytes / 1024 ** 2) * 100) / 100,
      size_bytes: info.bytes,
      job_count: info.jobCount,
      schema_version: info.schemaVersion,
      backup_directory: outlook.folder,
      schedule: outlook.schedule || null,
      retention_days: outlook.retentionDays,
      last_success_at: lastSuccessAtMs === 0 ? null : instant(lastSuccessAtMs),
      last_failure_at: lastFailureAtMs === 0 ? null : instant(lastFailureAtMs),
      last_failure: outlook.lastFailure || null,
      next_at: nextAtMs === undefined ? null : instant(nextAtMs),
    };
  }
}

function instant(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
