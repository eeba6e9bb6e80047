export { DeliveryEntity } from './delivery.entity.js';
export { WebhooksModule } from './webhooks.module.js';
