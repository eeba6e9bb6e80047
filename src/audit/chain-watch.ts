import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import { Lifecycle, Loop } from '#libs/worker';
import { Metrics } from '../metrics/index.js';
import { ChainWalk } from './chain-walk.js';

const INTERVAL_MS = 60_000;
/** Rows that one round verifies at most, of the new and of the old: half a second's work, and a million in under two hours. */
const ROWS_MAX = 10_000;

const log = getLogger('audit');

/** Has the log verified all the time, and tells what was found. */
@Injectable()
export class ChainWatch {
  constructor(walk: ChainWalk, metrics: Metrics, clock: Clock, lifecycle: Lifecycle) {
    lifecycle.add(
      new Loop({
        name: 'audit chain watch',
        intervalMs: INTERVAL_MS,
        clock,
        work: () => walk.next(ROWS_MAX),
        onError: (error) => log.warning('Audit rows cannot be verified; trying again', { error }),
      }),
    );
    metrics.add(
      {
        name: 'simpletuner_audit_chain_ok',
        help: 'Whether no verification has found the audit log changed (1), or one has (0)',
        type: 'gauge',
        category: 'audit',
        scope: 'process',
      },
      () => [{ value: Number(walk.isSound) }],
    );
  }
}
