import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { answered, api } from '../api/client';

const PAGE_SIZE = 50;
/** Nothing announces what these pages show. */
const POLL_MS = 10_000;

export interface DeliveryFilter {
  readonly state?: 'pending' | 'processed' | 'dead' | undefined;
  readonly provider?: string | undefined;
  readonly job_id?: string | undefined;
  readonly cursor?: string | undefined;
}

export const deliveriesQuery = (filter: DeliveryFilter) =>
  queryOptions({
    queryKey: ['deliveries', 'list', filter],
    queryFn: ({ signal }) =>
      answered(
        api.GET('/api/cloud/webhooks/deliveries', { params: { query: { ...filter, limit: PAGE_SIZE } }, signal }),
      ),
    placeholderData: keepPreviousData,
    refetchInterval: POLL_MS,
  });

export const deliveryQuery = (id: string) =>
  queryOptions({
    queryKey: ['deliveries', 'one', id],
    queryFn: ({ signal }) =>
      answered(api.GET('/api/cloud/webhooks/deliveries/{id}', { params: { path: { id } }, signal })),
  });

export interface AuditFilter {
  readonly event_type?: readonly string[] | undefined;
  readonly actor_id?: string | undefined;
  readonly target_id?: string | undefined;
  readonly ip?: string | undefined;
  readonly since?: string | undefined;
}

export const auditQuery = (filter: AuditFilter, cursor: string | undefined) =>
  queryOptions({
    queryKey: ['audit', 'list', filter, cursor],
    queryFn: ({ signal }) => {
      const { event_type: types, ...rest } = filter;
      const query = { ...rest, cursor, limit: PAGE_SIZE, ...(types && { event_type: [...types] }) };
      return answered(api.GET('/api/audit', { params: { query }, signal }));
    },
    placeholderData: keepPreviousData,
  });

export const auditTypesQuery = queryOptions({
  queryKey: ['audit', 'types'],
  queryFn: async ({ signal }) => (await answered(api.GET('/api/audit/types', { signal }))).types,
  staleTime: Infinity,
});

export const auditStatsQuery = queryOptions({
  queryKey: ['audit', 'stats'],
  queryFn: ({ signal }) => answered(api.GET('/api/audit/stats', { signal })),
});

export const rateLimitsQuery = queryOptions({
  queryKey: ['rate-limits'],
  queryFn: ({ signal }) => answered(api.GET('/api/cloud/rate-limits', { params: { query: { limit: 50 } }, signal })),
  refetchInterval: POLL_MS,
});

export const secretsQuery = queryOptions({
  queryKey: ['secrets'],
  queryFn: ({ signal }) => answered(api.GET('/api/cloud/secrets', { signal })),
  refetchInterval: POLL_MS,
});

export const metricsConfigQuery = queryOptions({
  queryKey: ['metrics', 'config'],
  queryFn: ({ signal }) => answered(api.GET('/api/cloud/metrics/config', { signal })),
});

export const metricsCategoriesQuery = queryOptions({
  queryKey: ['metrics', 'categories'],
  queryFn: async ({ signal }) => (await answered(api.GET('/api/cloud/metrics/categories', { signal }))).categories,
});

export const metricsTemplatesQuery = queryOptions({
  queryKey: ['metrics', 'templates'],
  queryFn: async ({ signal }) => (await answered(api.GET('/api/cloud/metrics/templates', { signal }))).templates,
  staleTime: Infinity,
});

export const backupsQuery = queryOptions({
  queryKey: ['backups', 'list'],
  queryFn: async ({ signal }) => (await answered(api.GET('/api/backup', { signal }))).backups,
  refetchInterval: POLL_MS,
});

export const backupInfoQuery = queryOptions({
  queryKey: ['backups', 'info'],
  queryFn: ({ signal }) => answered(api.GET('/api/backup/info', { signal })),
  refetchInterval: POLL_MS,
});

export const apiKeysQuery = queryOptions({
  queryKey: ['api-keys'],
  queryFn: async ({ signal }) => (await answered(api.GET('/api/auth/api-keys', { signal }))).api_keys,
});
