import { Module } from '@nestjs/common';
import { AuditChain } from './audit-chain.js';
import { AuditCopies } from './audit-copies.js';
import { AuditController } from './audit.controller.js';
import { AuditExport } from './audit-export.js';
import { AuditLog } from './audit-log.js';
import { AuditMetrics } from './audit.metrics.js';
import { AuditReader } from './audit-reader.js';
import { AuditRepository } from './audit.repository.js';
import { AuditRetention } from './audit-retention.js';
import { ChainedAuditLog } from './audit.service.js';
import { AuditVerifier } from './audit-verifier.js';
import { AuditWorker } from './audit.worker.js';
import { Checkpointer } from './checkpointer.js';
import { ChainWalk } from './chain-walk.js';
import { ChainWatch } from './chain-watch.js';
import { CheckpointRepository } from './checkpoint.repository.js';
import { SqlAuditRepository } from './drivers/sql-audit.repository.js';
import { SqlCheckpointRepository } from './drivers/sql-checkpoint.repository.js';
import { SqlForwardingRepository } from './drivers/sql-forwarding.repository.js';
import { AuditForwarder, ForwarderFacilities, ForwardingSource } from './forwarding/forwarder.js';
import { ForwardingRepository } from './forwarding/forwarding.repository.js';
import { SiemClient } from './forwarding/siem-client.js';

@Module({
  controllers: [AuditController],
  providers: [
    AuditChain,
    AuditCopies,
    AuditExport,
    AuditMetrics,
    AuditReader,
    AuditRetention,
    AuditVerifier,
    ChainWalk,
    ChainWatch,
    AuditWorker,
    Checkpointer,
    ...[SiemClient, ForwardingSource, ForwarderFacilities, AuditForwarder],
    { provide: ForwardingRepository, useClass: SqlForwardingRepository },
    { provide: AuditRepository, useClass: SqlAuditRepository },
    { provide: CheckpointRepository, useClass: SqlCheckpointRepository },
    { provide: AuditLog, useClass: ChainedAuditLog },
  ],
  exports: [AuditCopies, AuditLog],
})
export class AuditModule {}
