/** How a setting is shown; its name is the API's. */
export type FieldKind =
  'switch' | 'verification' | 'text' | 'number' | 'ranges' | 'command' | 'profile' | readonly string[];

export interface FieldShape {
  readonly name: FieldName;
  readonly kind: FieldKind;
}

export type FieldName =
  | 'command'
  | 'working_directory'
  | 'max_concurrent'
  | 'cost_per_hour'
  | 'ssl_verify'
  | 'ssl_ca_bundle'
  | 'proxy_url'
  | 'http_timeout'
  | 'webhook_allowed_ips'
  | 'webhook_allowlist_mode'
  | 'webhook_require_signature'
  | 'webhook_rate_limit_max'
  | 'webhook_rate_limit_window'
  | 'webhook_url'
  | 's3_public_url'
  | 's3_endpoint_enabled'
  | 's3_output_path'
  | 's3_max_object_bytes'
  | 's3_max_job_bytes'
  | 's3_rate_limit_max'
  | 's3_rate_limit_window'
  | 'hardware_profile'
  | 'version_override'
  | 'max_runtime_minutes'
  | 'cost_limit_enabled'
  | 'cost_limit_amount'
  | 'cost_limit_period'
  | 'cost_limit_action';

export type SectionName = 'trainer' | 'network' | 'webhooks' | 'address' | 'storage' | 'runs';

/** The page, section by section; what a provider does not know is left out. */
export const sections: readonly (readonly [SectionName, readonly FieldShape[]])[] = [
  [
    'trainer',
    [
      { name: 'command', kind: 'command' },
      { name: 'working_directory', kind: 'text' },
      { name: 'max_concurrent', kind: 'number' },
      { name: 'cost_per_hour', kind: 'number' },
    ],
  ],
  [
    'network',
    [
      { name: 'ssl_verify', kind: 'verification' },
      { name: 'ssl_ca_bundle', kind: 'text' },
      { name: 'proxy_url', kind: 'text' },
      { name: 'http_timeout', kind: 'number' },
    ],
  ],
  [
    'webhooks',
    [
      { name: 'webhook_allowed_ips', kind: 'ranges' },
      { name: 'webhook_allowlist_mode', kind: ['enforce', 'report_only', 'off'] },
      { name: 'webhook_require_signature', kind: 'switch' },
      { name: 'webhook_rate_limit_max', kind: 'number' },
      { name: 'webhook_rate_limit_window', kind: 'number' },
    ],
  ],
  [
    'address',
    [
      { name: 'webhook_url', kind: 'text' },
      { name: 's3_public_url', kind: 'text' },
    ],
  ],
  [
    'storage',
    [
      { name: 's3_endpoint_enabled', kind: 'switch' },
      { name: 's3_output_path', kind: 'text' },
      { name: 's3_max_object_bytes', kind: 'number' },
      { name: 's3_max_job_bytes', kind: 'number' },
      { name: 's3_rate_limit_max', kind: 'number' },
      { name: 's3_rate_limit_window', kind: 'number' },
    ],
  ],
  [
    'runs',
    [
      { name: 'hardware_profile', kind: 'profile' },
      { name: 'version_override', kind: 'text' },
      { name: 'max_runtime_minutes', kind: 'number' },
      { name: 'cost_limit_enabled', kind: 'switch' },
      { name: 'cost_limit_amount', kind: 'number' },
      { name: 'cost_limit_period', kind: ['daily', 'weekly', 'monthly'] },
      { name: 'cost_limit_action', kind: ['warn', 'block'] },
    ],
  ],
];
