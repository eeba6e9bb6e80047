import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { answered, api, tagged } from './client';
import { failureOf } from './failure';
import { listObjects } from './objects';
import type { JobStatus } from './types';

export interface JobFilter {
  readonly status?: readonly JobStatus[] | undefined;
  readonly provider?: string | undefined;
  readonly q?: string | undefined;
  readonly created_after?: string | undefined;
  readonly cursor?: string | undefined;
}

const PAGE_SIZE = 50;
/** What changes behind the console's back and is told by no event. */
export const SLOW_POLL_MS = 30_000;
const STATISTICS_DAYS = 30;

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => answered(api.GET('/api/users/me', { signal })),
  retry: false,
  staleTime: Infinity,
});

export const jobsQuery = (filter: JobFilter) =>
  queryOptions({
    queryKey: ['jobs', 'list', filter],
    queryFn: ({ signal }) => {
      const { status, ...rest } = filter;
      // The API takes a comma list for several.
      const query = { ...rest, limit: PAGE_SIZE, ...(status && { status: [status.join(',') as JobStatus] }) };
      return answered(api.GET('/api/cloud/jobs', { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
  });

export const jobQuery = (jobId: string) =>
  queryOptions({
    queryKey: ['jobs', 'one', jobId],
    queryFn: async ({ signal }) =>
      (await answered(api.GET('/api/cloud/jobs/{id}', { params: { path: { id: jobId } }, signal }))).job,
  });

export const timelineQuery = (jobId: string) =>
  queryOptions({
    queryKey: ['jobs', 'timeline', jobId],
    queryFn: ({ signal }) =>
      answered(api.GET('/api/cloud/jobs/{id}/timeline', { params: { path: { id: jobId } }, signal })),
  });

export const objectsQuery = (jobId: string) =>
  queryOptions({
    queryKey: ['jobs', 'objects', jobId],
    queryFn: ({ signal }) => listObjects(jobId, signal),
  });

export const statisticsQuery = queryOptions({
  queryKey: ['jobs', 'statistics'],
  queryFn: ({ signal }) =>
    answered(api.GET('/api/cloud/metrics', { params: { query: { days: STATISTICS_DAYS } }, signal })),
});

export const providersQuery = queryOptions({
  queryKey: ['providers'],
  queryFn: async ({ signal }) => (await answered(api.GET('/api/cloud/providers', { signal }))).providers,
  staleTime: SLOW_POLL_MS,
});

export const settingsQuery = (provider: string) =>
  queryOptions({
    queryKey: ['settings', provider],
    queryFn: ({ signal }) =>
      tagged(api.GET('/api/cloud/providers/{provider}', { params: { path: { provider } }, signal })),
    staleTime: SLOW_POLL_MS,
  });

export const hardwareQuery = (provider: string) =>
  queryOptions({
    queryKey: ['hardware', provider],
    queryFn: async ({ signal }) =>
      (await answered(api.GET('/api/cloud/hardware-options', { params: { query: { provider } }, signal })))
        .hardware_options,
    staleTime: SLOW_POLL_MS,
  });

export const estimateQuery = (provider: string, profile: string) =>
  queryOptions({
    queryKey: ['estimate', provider, profile],
    queryFn: ({ signal }) =>
      answered(
        api.GET('/api/cloud/cost-estimate', { params: { query: { provider, hardware_profile: profile } }, signal }),
      ),
  });

export const costLimitsQuery = queryOptions({
  queryKey: ['cost-limits'],
  queryFn: async ({ signal }) => (await answered(api.GET('/api/cloud/cost-limit/status', { signal }))).providers,
  refetchInterval: SLOW_POLL_MS,
});

export const healthQuery = (withProviders: boolean) =>
  queryOptions({
    queryKey: ['health', withProviders],
    queryFn: async ({ signal }) => {
      // 503 is an answer here, not a failure: it carries the same report.
      const query = withProviders ? { include_providers: 'true' as const } : {};
      const { data, error, response } = await api.GET('/api/cloud/health', { params: { query }, signal });
      if (!response.ok && response.status !== 503) throw failureOf(response.status, error);
      return data ?? error;
    },
    refetchInterval: SLOW_POLL_MS,
  });
