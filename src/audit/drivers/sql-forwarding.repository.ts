import { Injectable } from '@nestjs/common';
import { LessThan } from 'typeorm';
import { Database } from '../../database/index.js';
import { AuditForwardingEntity } from '../forwarding/audit-forwarding.entity.js';
import { ForwardingRepository, type ForwardingProgress } from '../forwarding/forwarding.repository.js';

@Injectable()
export class SqlForwardingRepository extends ForwardingRepository {
  constructor(private readonly database: Database) {
    super();
  }

  override progress(): Promise<ForwardingProgress> {
    return this.database.run((manager) => manager.findOneByOrFail(AuditForwardingEntity, { id: 1 }));
  }

  override async advance(sentThrough: number, sentAtMs: number): Promise<void> {
    await this.database.run((manager) =>
      manager.update(AuditForwardingEntity, { id: 1, sentThrough: LessThan(sentThrough) }, { sentThrough, sentAtMs }),
    );
  }
}
