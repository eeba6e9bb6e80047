import { ApiProperty } from '@nestjs/swagger';
import { IsString } from 'class-validator';
import type { HardwareProfile, Validation } from './adapter.js';
import type { ConnectionReport, ConnectionStep } from './connection-test.js';
import { commonFields, fieldsOf } from './provider-fields.js';
import type { DescribedSettings, FieldSource } from './provider-settings.js';
import type { TokenStatus } from './provider-tokens.js';
import type { ProviderSummary } from './providers.service.js';

export class HardwareView {
  @ApiProperty() id!: string;
  @ApiProperty() label!: string;
  @ApiProperty() usd_per_second!: number;

  static of({ id, label, usdPerSecond }: HardwareProfile): HardwareView {
    return { id, label, usd_per_second: usdPerSecond };
  }
}

export class CapabilitiesView {
  @ApiProperty() webhooks!: boolean;
  @ApiProperty() cancel!: boolean;
  @ApiProperty() logs!: boolean;
  @ApiProperty() list!: boolean;
}

export class ProviderView {
  @ApiProperty({ example: 'process' }) name!: string;
  @ApiProperty({ description: 'whether it has been told what it cannot work without' }) is_configured!: boolean;
  @ApiProperty({ type: CapabilitiesView }) capabilities!: CapabilitiesView;
  @ApiProperty({ type: HardwareView, isArray: true }) hardware!: HardwareView[];

  static of({ name, isConfigured, capabilities, hardware }: ProviderSummary): ProviderView {
    return { name, is_configured: isConfigured, capabilities, hardware: hardware.map((one) => HardwareView.of(one)) };
  }
}

export class ProvidersView {
  @ApiProperty({ type: ProviderView, isArray: true }) providers!: ProviderView[];
}

export class ProviderSettingsView {
  @ApiProperty({ example: 'process' }) provider!: string;
  @ApiProperty({ description: 'the number in the ETag' }) version!: number;
  @ApiProperty({ nullable: true, type: String }) updated_at!: string | null;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'every setting with the value that counts',
  })
  settings!: Readonly<Record<string, unknown>>;
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string', enum: ['environment', 'stored', 'default'] },
    description: 'where each value came from',
  })
  sources!: Readonly<Record<string, FieldSource>>;

  @ApiProperty({ description: 'certificates of the provider are not verified: show it where everybody sees it' })
  banner!: boolean;
  @ApiProperty({ nullable: true, type: String, description: 'when verification comes back by itself' })
  ssl_verify_expires_at!: string | null;

  static of(described: DescribedSettings): ProviderSettingsView {
    const { provider, version, updatedAtMs, values, sources, isInsecure, sslVerifyExpiresAtMs } = described;
    return {
      provider,
      version,
      updated_at: isoOrNull(updatedAtMs),
      settings: values,
      sources,
      banner: isInsecure,
      ssl_verify_expires_at: isoOrNull(sslVerifyExpiresAtMs),
    };
  }
}

export class ValidationView {
  @ApiProperty() provider!: string;
  @ApiProperty() valid!: boolean;
  @ApiProperty({ description: 'what is right, or what to do' }) message!: string;

  static of(provider: string, { isValid, message }: Validation): ValidationView {
    return { provider, valid: isValid, message };
  }
}

export class TokenBody {
  @ApiProperty({ description: 'the API token', writeOnly: true })
  @IsString()
  token!: string;
}

export class TokenView {
  @ApiProperty() provider!: string;
  @ApiProperty({ example: 'REPLICATE_API_TOKEN' }) secret!: string;
  @ApiProperty({ description: 'whether any source has a token' }) is_set!: boolean;
  @ApiProperty({ nullable: true, type: String, description: 'the source whose token counts' }) source!: string | null;
  @ApiProperty({ type: String, isArray: true, description: 'sources with a token that does not count' })
  shadowed!: readonly string[];
  @ApiProperty({ description: 'the number in the ETag' }) version!: number;
  @ApiProperty({ description: 'what counts now' }) message!: string;

  static of({ provider, secret, source, shadowed, version }: TokenStatus): TokenView {
    return {
      provider,
      secret,
      is_set: source !== null,
      source,
      shadowed,
      version,
      message: tokenMessage(source, shadowed),
    };
  }
}

function tokenMessage(source: string | null, shadowed: readonly string[]): string {
  if (source === null) return 'No source has a token: jobs cannot be given to this provider.';
  if (source === 'file') return 'The token in the secrets file counts.';
  const file = shadowed.includes('file')
    ? ' The one in the secrets file does not count until that one is removed.'
    : '';
  return `The token of the source "${source}" counts.${file}`;
}

export class ConnectionStepView {
  @ApiProperty({ enum: ['dns', 'tcp', 'proxy_connect', 'tls', 'http'] }) name!: string;
  @ApiProperty() ok!: boolean;
  @ApiProperty() detail!: string;
  @ApiProperty() duration_ms!: number;
  @ApiProperty({ required: false, description: 'addresses found, or the one connected to' }) address?: string;

  static of({ name, isOk, detail, durationMs, address }: ConnectionStep): ConnectionStepView {
    return { name, ok: isOk, detail, duration_ms: durationMs, ...(address !== undefined && { address }) };
  }
}

export class ConnectionView {
  @ApiProperty() ok!: boolean;
  @ApiProperty({ type: ConnectionStepView, isArray: true, description: 'up to the first that failed' })
  steps!: ConnectionStepView[];
  @ApiProperty({ description: 'what to do' }) hint!: string;

  static of({ isOk, steps, hint }: ConnectionReport): ConnectionView {
    return { ok: isOk, steps: steps.map((step) => ConnectionStepView.of(step)), hint };
  }
}

function isoOrNull(atMs: number | null): string | null {
  return atMs === null ? null : new Date(atMs).toISOString();
}

/** The body of a change, printed from the table of fields. */
export function changeSchema(isAdvancedOnly: boolean): object {
  const table = isAdvancedOnly ? commonFields : { ...commonFields, ...fieldsOf('process') };
  const properties = Object.entries(table)
    .filter(([, field]) => !isAdvancedOnly || field.isAdvanced)
    .map(([name, { help, fallback }]) => [
      name,
      { ...typeOf(fallback), nullable: true, description: help, default: fallback as unknown },
    ]);
  return { type: 'object', additionalProperties: false, properties: Object.fromEntries(properties) as object };
}

function typeOf(fallback: unknown): object {
  if (Array.isArray(fallback)) return { type: 'array', items: { type: 'string' } };
  return fallback === null ? {} : { type: typeof fallback };
}
