import { Module } from '@nestjs/common';
import { AuditController } from './audit.controller.js';
import { AuditLog } from './audit-log.js';
import { AuditReader } from './audit-reader.js';
import { AuditRepository } from './audit.repository.js';
import { AuditSeal } from './audit-seal.js';
import { ChainedAuditLog } from './audit.service.js';
import { SqlAuditRepository } from './drivers/sql-audit.repository.js';

@Module({
  controllers: [AuditController],
  providers: [
    AuditReader,
    AuditSeal,
    { provide: AuditRepository, useClass: SqlAuditRepository },
    { provide: AuditLog, useClass: ChainedAuditLog },
  ],
  exports: [AuditLog],
})
export class AuditModule {}
