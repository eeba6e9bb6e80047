import type { CreateApiKeyBody } from '../api/types';

type Scope = NonNullable<CreateApiKeyBody['scopes']>[number];

/** What keys are mostly made for. */
export const purposes = ['everything', 'look', 'train', 'scrape'] as const;
export type Purpose = (typeof purposes)[number];

const scopes: Readonly<Record<Exclude<Purpose, 'everything'>, readonly Scope[]>> = {
  look: ['job.view.own', 'job.view.all', 'config.view', 'api.access'],
  train: ['job.submit', 'job.view.own', 'job.cancel.own', 'job.delete.own', 'config.view', 'api.access'],
  scrape: ['admin.metrics', 'api.access'],
};

/** The scopes for a purpose, of those that the maker holds: nobody can pass on more. Undefined: all of them. */
export function scopesFor(purpose: Purpose, held: readonly string[]): Scope[] | undefined {
  return purpose === 'everything' ? undefined : scopes[purpose].filter((scope) => held.includes(scope));
}
