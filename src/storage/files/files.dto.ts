import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsBoolean, IsInt, IsOptional, IsString, Length, Max, MaxLength, Min } from 'class-validator';
import type { StoredObject } from '../object.js';
import { storageLimits } from '../storage.limits.js';
import type { FilesPage } from './job-files.js';

const LIMIT_MAX = 1_000;
const CURSOR_LENGTH_MAX = 4_096;
const PREFIX_LENGTH_MAX = 1_024;

export class ArchiveQuery {
  @ApiProperty({ required: false, description: 'only files whose keys begin with it' })
  @IsOptional()
  @IsString()
  @MaxLength(PREFIX_LENGTH_MAX)
  prefix: string = '';
}

export class FilesQuery extends ArchiveQuery {
  @ApiProperty({ required: false, description: 'folds what goes on behind it after the prefix; `/` shows folders' })
  @IsOptional()
  @IsString()
  @Length(1, 16)
  delimiter?: string;

  @ApiProperty({ required: false, minimum: 1, maximum: LIMIT_MAX, default: 100 })
  @IsOptional()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(LIMIT_MAX)
  limit: number = 100;

  @ApiProperty({ required: false, description: '`next_cursor` of the page before' })
  @IsOptional()
  @IsString()
  @Length(1, CURSOR_LENGTH_MAX)
  cursor?: string;
}

export class FileView {
  @ApiProperty() key!: string;
  @ApiProperty() size!: number;
  @ApiProperty() etag!: string;
  @ApiProperty() sha256!: string;
  @ApiProperty() content_type!: string;
  @ApiProperty() last_modified!: string;

  static of({ key, bytes, etag, sha256, metadata, lastModifiedMs }: StoredObject): FileView {
    return {
      key,
      size: bytes,
      etag,
      sha256,
      content_type: metadata.headers['content-type'] ?? 'binary/octet-stream',
      last_modified: new Date(lastModifiedMs).toISOString(),
    };
  }
}

export class FilePageView {
  @ApiProperty() job_id!: string;
  @ApiProperty({ type: [FileView] }) files!: FileView[];
  @ApiProperty({ type: [String], description: 'common prefixes, when a delimiter is given' }) folders!: string[];
  @ApiProperty({ description: 'all files of the job' }) total!: number;
  @ApiProperty({ description: 'and their bytes' }) total_bytes!: number;
  @ApiProperty({ type: String, nullable: true }) next_cursor!: string | null;

  static of(jobId: string, page: FilesPage): FilePageView {
    return {
      job_id: jobId,
      files: page.objects.map((object) => FileView.of(object)),
      folders: [...page.commonPrefixes],
      total: page.fileCount,
      total_bytes: page.totalBytes,
      next_cursor: page.nextToken ?? null,
    };
  }
}

export class LinkBody {
  @ApiProperty({
    required: false,
    minimum: 1,
    maximum: storageLimits.linkSecondsMax,
    default: storageLimits.linkSecondsMax,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(storageLimits.linkSecondsMax)
  expires_in_seconds: number = storageLimits.linkSecondsMax;

  @ApiProperty({ required: false, default: true, description: 'browsers save the file even if they could show it' })
  @IsOptional()
  @IsBoolean()
  attachment: boolean = true;
}

export class LinkView {
  @ApiProperty() url!: string;
  @ApiProperty() expires_at!: string;
}
