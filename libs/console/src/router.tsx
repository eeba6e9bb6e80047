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
  routeTree: root.addChildren([home, jobs, job]),
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
