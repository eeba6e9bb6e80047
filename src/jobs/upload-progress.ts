import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import { Lifecycle, type Worker } from '#libs/worker';
import { Database } from '../database/index.js';
import { Events } from '../events/index.js';
import { JobUploadRepository } from './job-upload.repository.js';
import { uploadView } from './job-view.js';

/** What has arrived for a job since the last call. */
export interface UploadUpdate {
  /** Objects that became whole and visible; counted durably, in the caller's transaction when there is one. */
  readonly files?: number;
  /** Their bytes. */
  readonly bytes?: number;
  /** Bytes of bodies being received by this process at the moment, all of the job's uploads together. */
  readonly bytesInFlight?: number;
  /** Bytes of bodies that this process has received for the job so far, whatever became of them: the rate is measured by it. */
  readonly transferredBytes?: number;
  readonly currentFile?: string;
  /** One sentence about an upload that failed; cleared by the next object that arrives whole. */
  readonly error?: string;
}

const ANNOUNCE_INTERVAL_MS = 1_000;
const TEXT_LENGTH_MAX = 1_024;

const log = getLogger('jobs');

/** What is waiting to be announced for one job. */
interface Pending {
  bytesInFlight: number;
  currentFile: string | null;
  transferredBytes: number;
  /** What had been transferred by the last announcement. */
  announcedBytes: number | undefined;
  announcedAtMs: number;
  isDirty: boolean;
}

/** The upload counters of jobs, shown in `upload_progress` and announced at most once a second per job. */
@Injectable()
export class UploadProgress implements Worker {
  readonly name = 'upload progress';
  private readonly pending = new Map<string, Pending>();
  private ticker: { stop(): void } | undefined;
  private announcing: Promise<void> = Promise.resolve();

  constructor(
    private readonly uploads: JobUploadRepository,
    private readonly events: Events,
    private readonly database: Database,
    private readonly clock: Clock,
    lifecycle: Lifecycle,
  ) {
    lifecycle.add(this);
  }

  start(): void {
    this.ticker = this.clock.every(ANNOUNCE_INTERVAL_MS, () => {
      this.announcing = this.announcing.then(() => this.announceAll());
    });
  }

  async stop(): Promise<void> {
    this.ticker?.stop();
    await this.announcing;
    await this.announceAll();
  }

  /** Finished objects and errors are durable when this resolves; bytes in flight alone cost no write. */
  async record(jobId: string, update: UploadUpdate): Promise<void> {
    const { files = 0, bytes = 0, error } = update;
    const currentFile = update.currentFile?.slice(0, TEXT_LENGTH_MAX) ?? null;
    if (files > 0 || error !== undefined) {
      const atMs = this.clock.now();
      await this.uploads.noteArrival(jobId, {
        files,
        bytes,
        currentFile,
        error: error?.slice(0, TEXT_LENGTH_MAX) ?? null,
        atMs,
      });
    }
    this.database.afterCommit(() => this.note(jobId, update, currentFile));
  }

  private note(jobId: string, { bytesInFlight, transferredBytes }: UploadUpdate, currentFile: string | null): void {
    const pending = this.pending.get(jobId) ?? fresh();
    this.pending.set(jobId, pending);
    pending.bytesInFlight = bytesInFlight ?? pending.bytesInFlight;
    pending.transferredBytes = transferredBytes ?? pending.transferredBytes;
    pending.currentFile = currentFile ?? pending.currentFile;
    pending.isDirty = true;
  }

  private async announceAll(): Promise<void> {
    for (const [jobId, pending] of this.pending) {
      const isResting = !pending.isDirty && pending.bytesInFlight === 0;
      if (!pending.isDirty && !isResting) continue;
      pending.isDirty = false;
      try {
        await this.announce(jobId, pending);
        // A job from which nothing came since the last round is told once more, at rest, and then forgotten.
        if (isResting && !this.isDirty(pending)) this.pending.delete(jobId);
      } catch (error) {
        pending.isDirty = true;
        log.warning('Upload progress could not be stored; trying again', { job_id: jobId, error });
      }
    }
  }

  /** Asked after something was awaited: more may have come meanwhile. */
  private isDirty({ isDirty }: Pending): boolean {
    return isDirty;
  }

  private async announce(jobId: string, pending: Pending): Promise<void> {
    const nowMs = this.clock.monotonicMs();
    const { transferredBytes } = pending;
    await this.database.transaction(async () => {
      const [upload] = await this.uploads.ofJobs([jobId]);
      if (!upload) return;
      const traffic = {
        bytesInFlight: pending.bytesInFlight,
        rateBytesPerSecond: rate(pending, nowMs),
        currentFile: pending.currentFile ?? upload.currentFile,
        atMs: this.clock.now(),
      };
      await this.uploads.noteTraffic(jobId, traffic);
      const view = uploadView(
        { ...upload, ...traffic, updatedAtMs: traffic.atMs, stalledAtMs: null },
        upload.closedAtMs !== null,
      );
      await this.events.publish('upload_progress', { job_id: jobId, ...view }, upload.userId);
    });
    pending.announcedBytes = transferredBytes;
    pending.announcedAtMs = nowMs;
  }
}

function fresh(): Pending {
  return {
    bytesInFlight: 0,
    currentFile: null,
    transferredBytes: 0,
    announcedBytes: undefined,
    announcedAtMs: 0,
    isDirty: false,
  };
}

function rate({ transferredBytes, announcedBytes, announcedAtMs }: Pending, nowMs: number): number {
  if (announcedBytes === undefined || nowMs <= announcedAtMs) return 0;
  return (Math.max(0, transferredBytes - announcedBytes) * 1000) / (nowMs - announcedAtMs);
}
