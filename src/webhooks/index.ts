export { DeliveryEntity } from './delivery.entity.js';
export { judgeAnswer, stepWords } from './webhook-test-words.js';
export { WebhooksModule } from './webhooks.module.js';
