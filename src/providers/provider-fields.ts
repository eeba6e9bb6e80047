import {
  addressList,
  certificateBundle,
  flag,
  integer,
  jsonObject,
  matching,
  number,
  oneOf,
  path,
  proxyUrl,
  publicUrl,
  type Check,
} from './field-checks.js';
import { processFields } from './process/process-fields.js';

/** One setting of a provider. */
export interface Field<T> {
  readonly fallback: T;
  readonly help: string;
  readonly check: Check<T>;
  /** Part of the console's Advanced Configuration. */
  readonly isAdvanced?: boolean;
  /** Stored encrypted and masked wherever it is shown. */
  readonly isSecret?: boolean;
}

/** S3's own largest object: 5 TiB. */
const OBJECT_BYTES_MAX = 5_497_558_138_880;
const JOB_BYTES_MAX = Number.MAX_SAFE_INTEGER;
/** Thirty days. */
const RUNTIME_MINUTES_MAX = 43_200;

function field<T>(definition: Field<T>): Field<T> {
  return definition;
}

/** What every provider can be told (contract §6); the names are the contract's, as stored and as sent. */
export const commonFields = {
  webhook_url: field({ fallback: '', check: publicUrl, help: 'where the provider reports to; its origin is the public base', isAdvanced: true }),
  webhook_allowed_ips: field<readonly string[]>({ fallback: [], check: addressList, help: 'addresses and CIDR ranges that may deliver webhooks; empty = all', isAdvanced: true }),
  webhook_allowlist_mode: field<AllowListMode>({ fallback: 'enforce', check: oneOf('enforce', 'report_only', 'off'), help: 'what happens to a webhook from an unlisted address', isAdvanced: true }),
  webhook_require_signature: field({ fallback: true, check: flag, help: 'refuse webhooks that are not signed', isAdvanced: true }),
  webhook_rate_limit_max: field({ fallback: 6_000, check: integer(1, 1_000_000), help: 'verified webhooks per window', isAdvanced: true }),
  webhook_rate_limit_window: field({ fallback: 60, check: integer(1, 86_400), help: 'that window, in seconds', isAdvanced: true }),
  ssl_verify: field({ fallback: true, check: flag, help: 'verify the certificates of the provider', isAdvanced: true }),
  ssl_ca_bundle: field({ fallback: '', check: certificateBundle, help: 'PEM file of further certificate authorities', isAdvanced: true }),
  proxy_url: field({ fallback: '', check: proxyUrl, help: 'HTTP proxy for calls to the provider', isAdvanced: true, isSecret: true }),
  http_timeout: field({ fallback: 30, check: number(0.1, 3_600), help: 'seconds until a call to the provider counts as failed', isAdvanced: true }),
  s3_endpoint_enabled: field({ fallback: true, check: flag, help: 'jobs upload what they make to this server', isAdvanced: true }),
  s3_public_url: field({ fallback: '', check: publicUrl, help: 'base URL under which jobs reach this server', isAdvanced: true }),
  s3_output_path: field({ fallback: '', check: path, help: 'folder of the artifacts; empty = {home}/outputs', isAdvanced: true }),
  s3_rate_limit_max: field({ fallback: 6_000, check: integer(1, 1_000_000), help: 'authenticated storage requests of a job per window', isAdvanced: true }),
  s3_rate_limit_window: field({ fallback: 60, check: integer(1, 86_400), help: 'that window, in seconds', isAdvanced: true }),
  s3_max_object_bytes: field({ fallback: OBJECT_BYTES_MAX, check: integer(1, OBJECT_BYTES_MAX), help: 'largest object', isAdvanced: true }),
  s3_max_job_bytes: field<number | null>({ fallback: null, check: integer(1, JOB_BYTES_MAX), help: 'all objects of one job together; null = bounded by the disk alone', isAdvanced: true }),
  cost_limit_enabled: field({ fallback: false, check: flag, help: 'watch what the provider costs' }),
  cost_limit_amount: field<number | null>({ fallback: null, check: number(0, 1_000_000_000), help: 'the limit, in USD' }),
  cost_limit_period: field<CostPeriod>({ fallback: 'monthly', check: oneOf('daily', 'weekly', 'monthly'), help: 'the period that the limit is for' }),
  cost_limit_action: field<CostAction>({ fallback: 'warn', check: oneOf('warn', 'block'), help: 'what happens to a job over the limit' }),
  hardware_profile: field({ fallback: '', check: matching(/^[\w.-]{1,64}$/, 'the id of a hardware profile'), help: 'hardware of jobs that name none' }),
  hardware_info: field<Readonly<Record<string, unknown>> | null>({ fallback: null, check: jsonObject, help: 'what people are told of the hardware' }),
  version_override: field({ fallback: '', check: matching(/^[\w./:@-]{1,256}$/, 'a version id'), help: 'version of the trainer; empty = the newest' }),
  max_runtime_minutes: field<number | null>({ fallback: null, check: integer(1, RUNTIME_MINUTES_MAX), help: 'a job that runs longer is cancelled; null = no limit' }),
}; // prettier-ignore

export type AllowListMode = 'enforce' | 'report_only' | 'off';
export type CostPeriod = 'daily' | 'weekly' | 'monthly';
export type CostAction = 'warn' | 'block';

const ownFields = { process: processFields };

// `any` because a table holds fields of many types and Check is invariant in T.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type FieldTable = Readonly<Record<string, Field<any>>>;
type ValuesOf<Table extends FieldTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Field<infer T> ? T : never;
};

/** The settings that count: environment over stored over default. */
export type ProviderSettings = ValuesOf<typeof commonFields>;
export type OwnSettings = { readonly [Name in keyof typeof ownFields]: ValuesOf<(typeof ownFields)[Name]> };

/** Every setting that the provider knows. */
export function fieldsOf(provider: string): FieldTable {
  return Object.hasOwn(ownFields, provider)
    ? { ...commonFields, ...ownFields[provider as keyof typeof ownFields] }
    : commonFields;
}
