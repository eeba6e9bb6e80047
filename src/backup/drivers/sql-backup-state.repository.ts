import { Injectable } from '@nestjs/common';
import { Database } from '../../database/index.js';
import { BackupStateEntity } from '../backup-state.entity.js';
import { BackupStateRepository, type BackupState } from '../backup-state.repository.js';

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

  override async keptThrough(atMs: number): Promise<void> {
    await this.change({}, { scheduledThroughMs: atMs, retryAtMs: 0 });
  }

  override async retryAt(atMs: number): Promise<void> {
    await this.change({}, { retryAtMs: atMs });
  }

  private async change(where: object, values: Partial<BackupStateEntity>): Promise<void> {
    await this.database.run((manager) => manager.update(BackupStateEntity, { id: 1, ...where }, values));
  }
}
