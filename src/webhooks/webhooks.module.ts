import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { JobsModule } from '../jobs/index.js';
import { ProvidersModule } from '../providers/index.js';
import { SecretsModule } from '../secrets/index.js';
import { AllowLists } from './allow-lists.js';
import { Bodies } from './bodies.js';
import { DeliveryHandler } from './delivery-handler.js';
import { DeliveryRepository } from './delivery.repository.js';
import { SqlDeliveryRepository } from './drivers/sql-delivery.repository.js';
import { Inbox } from './inbox.js';
import { InboxWorker, InboxWorld } from './inbox.worker.js';
import { Proofs } from './proofs.js';
import { Intake, ReceiverFacilities, WebhookReceiver } from './receiver.js';
import { WebhookTestController } from './webhook-test.controller.js';
import { WebhookTest, WebhookTestWorld } from './webhook-test.js';
import { WebhooksController } from './webhooks.controller.js';
import { WebhooksHealth, WebhookSecrets } from './webhooks.health.js';
import { WebhooksMetrics } from './webhooks.metrics.js';
import { WebhooksService } from './webhooks.service.js';

@Module({
  imports: [AuditModule, ProvidersModule, JobsModule, SecretsModule],
  controllers: [WebhooksController, WebhookTestController],
  providers: [
    AllowLists,
    Bodies,
    DeliveryHandler,
    Inbox,
    InboxWorker,
    InboxWorld,
    Intake,
    Proofs,
    ReceiverFacilities,
    WebhookReceiver,
    WebhookSecrets,
    WebhooksHealth,
    WebhooksMetrics,
    WebhooksService,
    WebhookTest,
    WebhookTestWorld,
    { provide: DeliveryRepository, useClass: SqlDeliveryRepository },
  ],
})
export class WebhooksModule {}
