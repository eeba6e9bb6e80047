import { Injectable } from '@nestjs/common';
import { LessThanOrEqual, MoreThan } from 'typeorm';
import { Database, isUniqueViolation } from '../../database/index.js';
import { IdempotencyEntity } from '../idempotency.entity.js';
import { IdempotencyRepository, KeyTaken, type RememberedSubmission } from '../idempotency.repository.js';

@Injectable()
export class SqlIdempotencyRepository extends IdempotencyRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override async find(keyHash: string, nowMs: number): Promise<RememberedSubmission | undefined> {
    const found = await this.database.run((manager) =>
      manager.findOneBy(IdempotencyEntity, { keyHash, expiresAtMs: MoreThan(nowMs) }),
    );
    return found ?? undefined;
  }

  override async remember(submission: RememberedSubmission, nowMs: number): Promise<void> {
    await this.database.run(async (manager) => {
      await manager.delete(IdempotencyEntity, { keyHash: submission.keyHash, expiresAtMs: LessThanOrEqual(nowMs) });
      await manager.insert(IdempotencyEntity, { ...submission }).catch((error: unknown) => {
        throw isUniqueViolation(error) ? new KeyTaken('The idempotency key is in use', { cause: error }) : error;
      });
    });
  }

  override async forgetExpired(nowMs: number): Promise<void> {
    await this.database.run((manager) => manager.delete(IdempotencyEntity, { expiresAtMs: LessThanOrEqual(nowMs) }));
  }
}
