import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import { Lifecycle, Loop, type Worker } from '#libs/worker';
import { Config } from '../config/index.js';
import { stallOf, UploadStalls } from '../jobs/index.js';
import { UploadIndex } from './upload-index.js';

/** How often silent jobs are looked at, at most; shorter when the limit itself is. */
const LOOK_INTERVAL_MS = 30_000;
const LOOK_INTERVAL_MS_MIN = 500;

const log = getLogger('storage');

/** Notices uploads that were begun and from which nothing comes any more, and files that are overdue. */
@Injectable()
export class StallWatch implements Worker {
  readonly name = 'stalled uploads';
  private readonly loop: Loop;
  private readonly stallMs: number;

  constructor(
    private readonly stalls: UploadStalls,
    private readonly uploads: UploadIndex,
    private readonly clock: Clock,
    config: Config,
    lifecycle: Lifecycle,
  ) {
    this.stallMs = config.settings.uploadStallMs;
    this.loop = new Loop({
      name: this.name,
      intervalMs: Math.max(LOOK_INTERVAL_MS_MIN, Math.min(LOOK_INTERVAL_MS, this.stallMs / 2)),
      clock,
      work: () => this.look(),
      onError: (error) => log.warning('Stalled uploads could not be looked for; trying again later', { error }),
    });
    if (this.stallMs > 0) lifecycle.add(this);
  }

  start(): void {
    this.loop.start();
  }

  stop(): Promise<void> {
    return this.loop.stop();
  }

  pulse(): ReturnType<Loop['pulse']> {
    return this.loop.pulse();
  }

  private async look(): Promise<void> {
    for (const upload of await this.stalls.silentFor(this.stallMs)) {
      const [open] = await this.uploads.read(upload.jobId, '', { key: '', inclusive: true, uploadIdMarker: '' }, 1);
      const wish = { nowMs: this.clock.now(), stallMs: this.stallMs, isUploadOpen: open !== undefined };
      const stall = stallOf(upload, wish);
      if (stall) await this.stalls.report(upload, messageOf(stall, open?.key ?? upload.currentFile));
    }
  }
}

function messageOf({ silentMs, reason }: NonNullable<ReturnType<typeof stallOf>>, key: string | null): string {
  const minutes = Math.round(silentMs / 60_000);
  const time = minutes > 1 ? `${minutes} minutes` : `${Math.round(silentMs / 1_000)} seconds`;
  return reason === 'upload-open'
    ? `Uploads have stalled: nothing has arrived for ${time}, and ${key ?? 'a file'} is not complete`
    : `Uploads are overdue: nothing has arrived for ${time}, more than three times the longest pause so far`;
}
