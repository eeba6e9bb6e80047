export {
  ProviderAdapter,
  type Capabilities,
  type HardwareProfile,
  type JobReference,
  type ListedRun,
  type Progress,
  type ProviderJob,
  type ProviderReport,
  type Submission,
  type Validation,
} from './adapter.js';
export { CircuitBreakers, type ProviderCircuit } from './circuit-breakers.js';
export { ConnectionTest, type ConnectionReport } from './connection-test.js';
export { wordsFor } from './connection-words.js';
export { InsecureWatch } from './insecure-watch.js';
export { jobStatuses, jobStatusOf, type JobStatus } from './job-status.js';
export { jobWebhookSecret } from './job-webhook-secret.js';
export type { AllowListMode, ProviderSettings } from './provider-fields.js';
export { outboundSettingsOf } from './outbound-settings.js';
export { ProviderRegistry } from './provider-registry.js';
export { ProviderSettingsEntity } from './provider-settings.entity.js';
export { ProviderSettingsService } from './provider-settings.service.js';
export { ProvidersModule } from './providers.module.js';
export { seal, unseal } from './sealed-text.js';
