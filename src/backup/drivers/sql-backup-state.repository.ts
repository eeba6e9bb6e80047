import { Injectable } from '@nestjs/common';
import { LessThanOrEqual } from 'typeorm';
import { Database } from '../../database/index.js';
import { BackupStateEntity } from '../backup-state.entity.js';
import { BackupStateRepository, type BackupState, type Turn } from '../backup-state.repository.js';

const FAILURE_CHARS_MAX = 1_000;

@Injectable()
export class SqlBackupStateRepository extends BackupStateRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override read(): Promise<BackupState> {
    return this.database.run((manager) => manager.findOneByOrFail(BackupStateEntity, { id: 1 }));
  }

  override async succeeded(atMs: number): Promise<void> {
    await this.change({}, { lastSuccessAtMs: atMs });
  }

  override async failed(atMs: number, reason: string): Promise<void> {
    await this.change({}, { lastFailureAtMs: atMs, lastFailure: reason.slice(0, FAILURE_CHARS_MAX) });
  }

  override async begin(nowMs: number): Promise<void> {
    await this.change({ scheduledThroughMs: 0 }, { scheduledThroughMs: nowMs });
  }

  override take(scheduledThroughMs: number, { holder, nowMs, untilMs }: Turn): Promise<boolean> {
    const leaseUntilMs = LessThanOrEqual(nowMs);
    return this.change({ scheduledThroughMs, leaseUntilMs }, { leaseHolder: holder, leaseUntilMs: untilMs });
  }

  override async renew({ holder, untilMs }: Turn): Promise<void> {
    await this.change({ leaseHolder: holder }, { leaseUntilMs: untilMs });
  }

  override async done(
    holder: string,
    outcome: { readonly scheduledThroughMs: number } | { readonly untilMs: number },
  ): Promise<void> {
    const change =
      'untilMs' in outcome
        ? { leaseHolder: '', leaseUntilMs: outcome.untilMs }
        : { leaseHolder: '', leaseUntilMs: 0, scheduledThroughMs: outcome.scheduledThroughMs };
    await this.change({ leaseHolder: holder }, change);
  }

  private async change(where: object, values: Partial<BackupStateEntity>): Promise<boolean> {
    const result = await this.database.run((manager) => manager.update(BackupStateEntity, { id: 1, ...where }, values));
    return (result.affected ?? 0) > 0;
  }
}
