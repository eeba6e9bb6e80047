import { ArrowLeftIcon, ReloadIcon, TrashIcon } from '@radix-ui/react-icons';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { jobQuery } from '../api/queries';
import type { Job } from '../api/types';
import { JobProgress } from '../jobs/job-progress';
import { jobName } from '../jobs/job-name';
import { useJobActions } from '../jobs/job-actions';
import { StatusBadge } from '../jobs/status-badge';
import { useTexts } from '../language/language';
import { Button } from '../ui/button';
import { CopyButton } from '../ui/copy';
import { Page } from '../ui/page';
import { Loaded } from '../ui/states';
import { JobCurve } from './job-curve';
import { JobDetails } from './job-details';
import { JobFiles } from './job-files';
import { JobImages } from './job-images';
import { JobLog } from './job-log';
import { JobTimeline } from './job-timeline';
import { useJobLog } from './use-job-log';

const route = getRouteApi('/cloud/jobs/$jobId');

export function JobPage() {
  const { jobId } = route.useParams();
  return (
    <Loaded query={useQuery(jobQuery(jobId))} lines={8}>
      {(job) => <JobView key={job.job_id} job={job} />}
    </Loaded>
  );
}

function JobView({ job }: { readonly job: Job }) {
  const t = useTexts();
  const { cancel, retry, remove, isRetrying, dialogs } = useJobActions(job);
  const log = useJobLog(job.job_id);
  return (
    <Page
      title={jobName(job)}
      before={
        <Link to="/cloud/jobs" className="back">
          <ArrowLeftIcon /> {t.jobs.title}
        </Link>
      }
      intro={
        <div className="job-line">
          <StatusBadge status={job.status} />
          <span className="job-id">
            <span className="code">{job.job_id}</span>
            <CopyButton text={job.job_id} label={t.job.copyId} />
          </span>
        </div>
      }
      actions={
        <>
          {retry && (
            <Button icon={<ReloadIcon />} isBusy={isRetrying} onClick={retry}>
              {t.job.retry}
            </Button>
          )}
          {cancel && (
            <Button kind="danger" onClick={cancel}>
              {t.job.cancel}
            </Button>
          )}
          {remove && (
            <Button icon={<TrashIcon />} onClick={remove}>
              {t.job.delete}
            </Button>
          )}
        </>
      }
    >
      {job.error_message !== null && (
        <div className="failed" role="alert">
          <p className="preserved">{job.error_message}</p>
        </div>
      )}
      {job.is_active && <JobProgress job={job} />}
      <div className="job-columns">
        <div className="stack">
          <JobCurve job={job} log={log.text} />
          <JobImages job={job} />
          <JobFiles job={job} />
          <JobLog job={job} log={log} />
        </div>
        <div className="stack">
          <JobDetails job={job} />
          <JobTimeline job={job} />
        </div>
      </div>
      {dialogs}
    </Page>
  );
}
