import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import { Lifecycle, Loop, type Worker } from '#libs/worker';
import { AuditRetention } from './audit-retention.js';
import { Checkpointer } from './checkpointer.js';

const INTERVAL_MS = 5_000;

const log = getLogger('audit');

/** Keeps checkpoints, counts and retention up to date. Every replica looks; the lock of the progress lets one act. */
@Injectable()
export class AuditWorker implements Worker {
  readonly name = 'audit checkpoints';
  private readonly loop: Loop;

  constructor(checkpointer: Checkpointer, retention: AuditRetention, clock: Clock, lifecycle: Lifecycle) {
    this.loop = new Loop({
      name: this.name,
      intervalMs: INTERVAL_MS,
      clock,
      work: async () => {
        const hasMoreToSign = await checkpointer.round();
        const hasMoreToDrop = await retention.round();
        return hasMoreToSign || hasMoreToDrop;
      },
      onError: (error) => log.warning('Audit checkpoints are late; trying again', { error }),
    });
    lifecycle.add(this);
  }

  start(): void {
    this.loop.start();
  }

  async stop(): Promise<void> {
    await this.loop.stop();
  }

  pulse(): ReturnType<Loop['pulse']> {
    return this.loop.pulse();
  }
}
