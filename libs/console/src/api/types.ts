import type { components } from './schema';

type Schemas = components['schemas'];

export type Job = Schemas['JobDescription'];
export type JobStatus = Job['status'];
export type TimelineEntry = Schemas['TimelineEntryView'];
export type Provider = Schemas['ProviderView'];
export type ProviderSettings = Schemas['ProviderSettingsView'];
export type Delivery = Schemas['DeliveryView'];
export type DeliveryDetail = Schemas['DeliveryDetailView'];
export type AuditEntry = Schemas['AuditEntryView'];
export type Verification = Schemas['AuditVerificationView'];
export type RateLimits = Schemas['RateLimitsView'];
export type Secrets = Schemas['SecretsView'];
export type HealthReport = Schemas['HealthReportView'];
export type Backup = Schemas['BackupView'];
export type BackupInfo = Schemas['BackupInfoView'];
export type CostLimit = Schemas['CostLimitView'];
export type ApiKey = Schemas['ApiKeyView'];
export type CreateApiKeyBody = Schemas['CreateApiKeyBody'];
export type Me = Schemas['MeView'];

export const activeStatuses: readonly JobStatus[] = ['pending', 'uploading', 'queued', 'running'];
