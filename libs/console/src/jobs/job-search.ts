import { activeStatuses, type JobStatus } from '../api/types';

const views = {
  all: undefined,
  active: activeStatuses,
  completed: ['completed'],
  failed: ['failed'],
  cancelled: ['cancelled'],
} as const satisfies Record<string, readonly JobStatus[] | undefined>;

export type JobView = keyof typeof views;
export const jobViews = Object.keys(views) as JobView[];
export const periods = { day: 1, week: 7, month: 30 } as const;
export type Period = keyof typeof periods;

/** What the list of jobs is narrowed to; it stands in the address, so that a view can be kept and sent. */
export interface JobSearch {
  readonly view?: JobView;
  readonly provider?: string;
  readonly period?: Period;
  readonly q?: string;
}

/** What of an address is understood; the rest is left out. */
export function jobSearchOf(search: Record<string, unknown>): JobSearch {
  const { view, provider, period, q } = search;
  return {
    ...(typeof view === 'string' && view !== 'all' && view in views && { view: view as JobView }),
    ...(typeof provider === 'string' && provider !== '' && { provider }),
    ...(typeof period === 'string' && period in periods && { period: period as Period }),
    ...(typeof q === 'string' && q !== '' && { q }),
  };
}

export function statusesOf(view: JobView | undefined): readonly JobStatus[] | undefined {
  return view && views[view];
}
