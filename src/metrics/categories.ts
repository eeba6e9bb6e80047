/** What may be switched on and off separately, and what it holds (the guide's table). */
export const categories = {
  jobs: { label: 'Jobs', description: 'Jobs by status, cost and duration; what they upload and store' },
  http: { label: 'HTTP', description: 'Requests, errors and latency' },
  rate_limits: { label: 'Rate limits', description: 'Requests over their limit' },
  approvals: { label: 'Approvals', description: 'Requests for approval' },
  audit: { label: 'Audit', description: 'Activity and soundness of the audit log' },
  health: {
    label: 'Health',
    description: 'Uptime, components, the process itself, and when background work last succeeded',
  },
  circuit_breakers: { label: 'Circuit breakers', description: 'Circuit breaker of each provider' },
  provider: { label: 'Providers', description: 'Cost limit, credit, TLS verification and webhooks of each provider' },
} as const;

export type Category = keyof typeof categories;

export const categoryNames = Object.keys(categories) as readonly Category[];

export interface Template {
  readonly label: string;
  readonly description: string;
  readonly categories: readonly Category[];
}

/** Ready-made choices of categories (the guide's table). */
export const templates = {
  minimal: { label: 'Minimal', description: 'Light monitoring of jobs', categories: ['jobs'] },
  standard: { label: 'Standard', description: 'Recommended default', categories: ['jobs', 'http', 'health'] },
  security: {
    label: 'Security',
    description: 'Monitoring of security',
    categories: ['jobs', 'http', 'rate_limits', 'audit', 'approvals'],
  },
  full: { label: 'Full', description: 'Everything there is', categories: categoryNames },
} as const satisfies Record<string, Template>;

export type TemplateId = keyof typeof templates;

export function isCategory(name: string): name is Category {
  return Object.hasOwn(categories, name);
}

export function isTemplateId(id: string): id is TemplateId {
  return Object.hasOwn(templates, id);
}
