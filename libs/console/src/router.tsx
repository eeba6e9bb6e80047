import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
  type ErrorComponentProps,
} from '@tanstack/react-router';
import { JobsPage } from './jobs/jobs-page';
import { jobSearchOf } from './jobs/job-search';
import { useTexts } from './language/language';
import { Shell } from './shell/shell';
import { Page } from './ui/page';
import { Empty, Failed, Loading } from './ui/states';

const root = createRootRoute({ component: Shell });
const parent = () => root;

const home = createRoute({
  getParentRoute: parent,
  path: '/',
  beforeLoad: () => {
    redirect({ to: '/cloud/jobs', throw: true });
  },
});
const jobs = createRoute({
  getParentRoute: parent,
  path: '/cloud/jobs',
  validateSearch: jobSearchOf,
  component: JobsPage,
});
const job = createRoute({
  getParentRoute: parent,
  path: '/cloud/jobs/$jobId',
  component: lazyRouteComponent(() => import('./job/job-page'), 'JobPage'),
});

const configuration = createRoute({
  getParentRoute: parent,
  path: '/cloud/configuration',
  component: lazyRouteComponent(() => import('./settings/settings-page'), 'SettingsHome'),
});
const providerConfiguration = createRoute({
  getParentRoute: parent,
  path: '/cloud/configuration/$provider',
  component: lazyRouteComponent(() => import('./settings/settings-page'), 'SettingsPage'),
});
const health = createRoute({
  getParentRoute: parent,
  path: '/admin/health',
  component: lazyRouteComponent(() => import('./admin/health-page'), 'HealthPage'),
});
const metrics = createRoute({
  getParentRoute: parent,
  path: '/admin/metrics',
  component: lazyRouteComponent(() => import('./admin/metrics-page'), 'MetricsPage'),
});
const deliveries = createRoute({
  getParentRoute: parent,
  path: '/admin/webhooks',
  component: lazyRouteComponent(() => import('./admin/deliveries-page'), 'DeliveriesPage'),
});
const audit = createRoute({
  getParentRoute: parent,
  path: '/admin/audit',
  component: lazyRouteComponent(() => import('./admin/audit-page'), 'AuditPage'),
});
const rateLimits = createRoute({
  getParentRoute: parent,
  path: '/admin/rate-limits',
  component: lazyRouteComponent(() => import('./admin/rate-limits-page'), 'RateLimitsPage'),
});
const secrets = createRoute({
  getParentRoute: parent,
  path: '/admin/secrets',
  component: lazyRouteComponent(() => import('./admin/secrets-page'), 'SecretsPage'),
});
const backups = createRoute({
  getParentRoute: parent,
  path: '/admin/backups',
  component: lazyRouteComponent(() => import('./admin/backups-page'), 'BackupsPage'),
});
const apiKeys = createRoute({
  getParentRoute: parent,
  path: '/admin/api-keys',
  component: lazyRouteComponent(() => import('./admin/api-keys-page'), 'ApiKeysPage'),
});

function NotFound() {
  const t = useTexts();
  return (
    <Page title={t.shell.notFound}>
      <Empty title={t.shell.notFoundHelp} />
    </Page>
  );
}

function PageFailed({ error, reset }: ErrorComponentProps) {
  return <Failed error={error} onRetry={reset} />;
}

export const router = createRouter({
  routeTree: root.addChildren([
    ...[home, jobs, job, configuration, providerConfiguration],
    ...[health, metrics, deliveries, audit, rateLimits, secrets, apiKeys, backups],
  ]),
  defaultNotFoundComponent: NotFound,
  defaultErrorComponent: PageFailed,
  defaultPendingComponent: Loading,
  scrollRestoration: false,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
