import { ApiProperty } from '@nestjs/swagger';
import type { HardwareProfile, Validation } from './adapter.js';
import { commonFields, fieldsOf } from './provider-fields.js';
import type { DescribedSettings, FieldSource } from './provider-settings.js';
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
  @ApiProperty({ type: Object, description: 'every setting with the value that counts' }) settings!: object;
  @ApiProperty({ type: Object, description: 'where each value came from: environment, stored or default' })
  sources!: Readonly<Record<string, FieldSource>>;

  static of({ provider, version, updatedAtMs, values, sources }: DescribedSettings): ProviderSettingsView {
    const updatedAt = updatedAtMs === null ? null : new Date(updatedAtMs).toISOString();
    return { provider, version, updated_at: updatedAt, settings: values, sources };
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
