import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import { Lifecycle, Loop } from '#libs/worker';
import { Metrics } from '../metrics/index.js';
import { AuditRepository } from './audit.repository.js';
import { AuditVerifier } from './audit-verifier.js';
import { CheckpointRepository } from './checkpoint.repository.js';

const INTERVAL_MS = 60_000;
/** Rows that one round verifies at most; what is left follows in the next. */
const ROWS_MAX = 10_000;

const log = getLogger('audit');

/** What the watch uses of the platform. */
@Injectable()
export class ChainWatchWorld {
  constructor(
    readonly clock: Clock,
    readonly metrics: Metrics,
  ) {}
}

/**
 * Verifies the rows that have come since it looked last, and remembers what every verification has found: once broken, the
 * chain counts as broken until all of it has been verified again.
 */
@Injectable()
export class ChainWatch {
  private isSound = true;
  private verifiedThrough: number | undefined;

  constructor(
    private readonly entries: AuditRepository,
    private readonly checkpoints: CheckpointRepository,
    private readonly verifier: AuditVerifier,
    lifecycle: Lifecycle,
    world: ChainWatchWorld,
  ) {
    lifecycle.add(
      new Loop({
        name: 'audit chain watch',
        intervalMs: INTERVAL_MS,
        clock: world.clock,
        work: () => this.round(),
        onError: (error) => log.warning('New audit rows cannot be verified; trying again', { error }),
      }),
    );
    verifier.onVerified(({ from, to }, { finding }) => {
      if (finding) this.isSound = false;
      else if (from === undefined && to === undefined) this.isSound = true;
    });
    world.metrics.add(
      {
        name: 'simpletuner_audit_chain_ok',
        help: 'Whether no verification has found the audit log changed (1), or one has (0)',
        type: 'gauge',
        category: 'audit',
        scope: 'process',
      },
      () => [{ value: Number(this.isSound) }],
    );
  }

  private async round(): Promise<boolean> {
    const { sequence: last } = await this.entries.head();
    // What was there before the start is under a signed checkpoint, or is verified now.
    this.verifiedThrough ??= (await this.checkpoints.progress()).signedThrough;
    if (last <= this.verifiedThrough) return false;
    const to = Math.min(last, this.verifiedThrough + ROWS_MAX);
    const { finding } = await this.verifier.verify({ from: this.verifiedThrough + 1, to });
    if (finding) log.error('The audit log is not as it was written', { sequence: finding.sequence });
    this.verifiedThrough = to;
    return to < last;
  }
}
