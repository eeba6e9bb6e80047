import { Injectable } from '@nestjs/common';
import { In, IsNull, LessThanOrEqual, Not } from 'typeorm';
import { Database, KeyedRead } from '../../database/index.js';
import { JobUploadEntity } from '../job-upload.entity.js';
import { GAP_MS_MIN } from '../upload-stall.js';
import { JobUploadRepository, type Arrival, type JobUpload, type Traffic } from '../job-upload.repository.js';

@Injectable()
export class SqlJobUploadRepository extends JobUploadRepository {
  private readonly byToken = new KeyedRead(JobUploadEntity, ['uploadToken']);

  constructor(private readonly database: Database) {
    super();
  }

  override async add(
    upload: Pick<JobUpload, 'jobId' | 'uploadToken' | 'userId' | 'provider' | 'createdAtMs'>,
  ): Promise<void> {
    await this.database.run((manager) =>
      manager.insert(JobUploadEntity, {
        ...upload,
        closedAtMs: null,
        isRevoked: false,
        filesReceived: 0,
        bytesReceived: 0,
        bytesInFlight: 0,
        rateBytesPerSecond: 0,
        currentFile: null,
        error: null,
        lastUploadAtMs: null,
        updatedAtMs: null,
        stalledAtMs: null,
        gapCount: 0,
        longestGapMs: 0,
      }),
    );
  }

  override async find(uploadToken: string): Promise<JobUpload | undefined> {
    // Whoever has it may only ask; what an upload changes is committed after it.
    const upload = await this.database.peek((manager) => this.byToken.find(manager, { uploadToken }));
    // MySQL takes a token with spaces after it for the same.
    return upload?.uploadToken === uploadToken ? upload : undefined;
  }

  override async ofJobs(jobIds: readonly string[]): Promise<JobUpload[]> {
    if (jobIds.length === 0) return [];
    return this.database.run((manager) => manager.findBy(JobUploadEntity, { jobId: In([...jobIds]) }));
  }

  override async close(jobId: string, isRevoked: boolean, nowMs: number): Promise<void> {
    await this.database.run((manager) =>
      manager.update(
        JobUploadEntity,
        { jobId, closedAtMs: IsNull() },
        { closedAtMs: nowMs, isRevoked, bytesInFlight: 0, rateBytesPerSecond: 0 },
      ),
    );
  }

  override async remove(jobId: string): Promise<void> {
    await this.database.run((manager) => manager.delete(JobUploadEntity, { jobId }));
  }

  override async noteArrival(jobId: string, { files, bytes, currentFile, error, atMs }: Arrival): Promise<void> {
    await this.database.run((manager) =>
      manager
        .createQueryBuilder()
        .update(JobUploadEntity)
        .set({
          filesReceived: () => `files_received + ${Math.trunc(files)}`,
          bytesReceived: () => `bytes_received + ${Math.trunc(bytes)}`,
          error,
          updatedAtMs: atMs,
          stalledAtMs: null,
          // Before the time of the last upload: MySQL reads what the columns to the left have become.
          ...(files > 0 && gapsUntil(Math.trunc(atMs))),
          ...(files > 0 && { lastUploadAtMs: atMs }),
          ...(currentFile !== null && { currentFile }),
        })
        .where({ jobId })
        .execute(),
    );
  }

  override async noteTraffic(jobId: string, traffic: Traffic): Promise<void> {
    const { bytesInFlight, rateBytesPerSecond, currentFile, atMs } = traffic;
    await this.database.run((manager) =>
      manager.update(
        JobUploadEntity,
        { jobId },
        {
          bytesInFlight,
          rateBytesPerSecond,
          updatedAtMs: atMs,
          stalledAtMs: null,
          ...(currentFile !== null && { currentFile }),
        },
      ),
    );
  }

  override silent(beforeMs: number, entriesMax: number): Promise<JobUpload[]> {
    return this.database.run((manager) =>
      manager.find(JobUploadEntity, {
        where: { closedAtMs: IsNull(), updatedAtMs: LessThanOrEqual(beforeMs), stalledAtMs: IsNull() },
        order: { updatedAtMs: 'ASC' },
        take: entriesMax,
      }),
    );
  }

  override countStalled(): Promise<number> {
    return this.database.run((manager) =>
      manager.countBy(JobUploadEntity, { closedAtMs: IsNull(), stalledAtMs: Not(IsNull()) }),
    );
  }

  override async noteStall(jobId: string, updatedAtMs: number | null, atMs: number): Promise<boolean> {
    const noted = await this.database.run((manager) =>
      manager.update(
        JobUploadEntity,
        { jobId, stalledAtMs: IsNull(), updatedAtMs: updatedAtMs ?? IsNull() },
        { stalledAtMs: atMs, bytesInFlight: 0, rateBytesPerSecond: 0 },
      ),
    );
    return noted.affected === 1;
  }
}

/** A long enough pause since the last file makes the rhythm of the job better known. */
function gapsUntil(atMs: number): { gapCount: () => string; longestGapMs: () => string } {
  const gap = `(${atMs} - COALESCE(last_upload_at_ms, ${atMs}))`;
  const isGap = `${gap} >= ${GAP_MS_MIN}`;
  return {
    gapCount: () => `gap_count + CASE WHEN ${isGap} THEN 1 ELSE 0 END`,
    longestGapMs: () => `CASE WHEN ${isGap} AND ${gap} > longest_gap_ms THEN ${gap} ELSE longest_gap_ms END`,
  };
}
