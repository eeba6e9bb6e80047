import { PlusIcon } from '@radix-ui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { jobsQuery } from '../api/queries';
import { useTexts } from '../language/language';
import { useSession } from '../session/session';
import { Button } from '../ui/button';
import { useCursor } from '../ui/cursor';
import { Page } from '../ui/page';
import { Empty, Loaded } from '../ui/states';
import { Pager } from '../ui/table';
import { CostLimits } from './cost-limits';
import { JobFilters } from './job-filters';
import { periods, statusesOf, type JobSearch } from './job-search';
import { JobTable } from './job-table';
import { Statistics } from './statistics';
import { SubmitDialog } from './submit-dialog';

const DAY_MS = 86_400_000;
const route = getRouteApi('/cloud/jobs');

export function JobsPage() {
  const t = useTexts();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { may } = useSession();
  const [isSubmitting, setSubmitting] = useState(false);
  const { cursor, page, back, forward } = useCursor(JSON.stringify(search));
  const createdAfter = useCreatedAfter(search);
  const query = useQuery(
    jobsQuery({
      status: statusesOf(search.view),
      provider: search.provider,
      q: search.q,
      created_after: createdAfter,
      cursor,
    }),
  );
  const isNarrowed = Object.keys(search).length > 0;
  const submit = may('job.submit') && (
    <Button kind="primary" icon={<PlusIcon />} onClick={() => setSubmitting(true)}>
      {t.submit.open}
    </Button>
  );
  return (
    <Page title={t.jobs.title} intro={t.jobs.intro} actions={submit}>
      <Statistics />
      <CostLimits />
      <JobFilters search={search} onChange={(next) => void navigate({ search: next, replace: true })} />
      <Loaded query={query} lines={8}>
        {({ jobs, total, next_cursor: next }) =>
          jobs.length === 0 ? (
            <Empty title={isNarrowed ? t.jobs.noneMatch : t.jobs.none}>
              {isNarrowed ? (
                <Button onClick={() => void navigate({ search: {}, replace: true })}>{t.jobs.clearFilters}</Button>
              ) : (
                <>
                  <p>{t.jobs.noneHelp}</p>
                  {submit}
                </>
              )}
            </Empty>
          ) : (
            <>
              <JobTable jobs={jobs} />
              <Pager
                summary={t.jobs.total(total, page)}
                previous={{ label: t.common.newer, onPress: back }}
                next={{ label: t.common.older, onPress: forward(next) }}
              />
            </>
          )
        }
      </Loaded>
      {isSubmitting && <SubmitDialog onClose={() => setSubmitting(false)} />}
    </Page>
  );
}

/** Fixed when the period is chosen: a moving edge would be another question with every look. */
function useCreatedAfter({ period }: JobSearch): string | undefined {
  return useMemo(() => period && new Date(Date.now() - periods[period] * DAY_MS).toISOString(), [period]);
}
