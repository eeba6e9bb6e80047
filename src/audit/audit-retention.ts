import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import { Config } from '../config/index.js';
import { AuditLog } from './audit-log.js';
import { CheckpointRepository } from './checkpoint.repository.js';

const DAY_MS = 86_400_000;
/** Rows dropped in one transaction, so that none is long. */
const PURGE_ROWS_MAX = 2_000;

const log = getLogger('audit');

/** Gives up whole segments that are older than rows are to be kept; the signed end of each stays, and the log says so. */
@Injectable()
export class AuditRetention {
  private readonly keptMs: number;
  // What an earlier process has begun is finished first.
  private isPurging = true;

  constructor(
    private readonly checkpoints: CheckpointRepository,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    config: Config,
  ) {
    this.keptMs = config.settings.auditRetentionDays * DAY_MS;
  }

  /** Does what is due; true while more rows wait to be dropped. */
  async round(): Promise<boolean> {
    if (this.keptMs > 0) await this.retire(this.clock.now() - this.keptMs);
    if (this.isPurging)
      this.isPurging = await this.checkpoints.exclusively(() => this.checkpoints.purge(PURGE_ROWS_MAX));
    return this.isPurging;
  }

  private async retire(beforeMs: number): Promise<void> {
    const end = await this.checkpoints.lastSegmentEndBefore(beforeMs);
    if (!end || end.sequence <= (await this.checkpoints.progress()).retiredThrough) return;
    await this.checkpoints.exclusively(async ({ retiredThrough }) => {
      if (end.sequence <= retiredThrough) return;
      await this.checkpoints.retire(end.sequence);
      await this.audit.record({
        type: 'config.changed',
        actor: { id: 'audit retention', userId: null, address: null },
        targetType: 'audit_segment',
        targetId: String(end.segment),
        details: { retired_through: end.sequence, hash: end.hash },
      });
    });
    this.isPurging = true;
    log.info('Audit segments given up', { segment: end.segment, sequence: end.sequence });
  }
}
