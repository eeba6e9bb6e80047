import { DotsHorizontalIcon } from '@radix-ui/react-icons';
import { Link, useNavigate } from '@tanstack/react-router';
import type { Job } from '../api/types';
import { useFormats, useNow } from '../format/format';
import { useTexts } from '../language/language';
import { IconButton } from '../ui/button';
import { Menu, type MenuItem } from '../ui/menu';
import { Table, type Column } from '../ui/table';
import { useJobActions } from './job-actions';
import { durationOf } from './job-duration';
import { JobProgress } from './job-progress';
import { jobName, shortId } from './job-name';
import { StatusBadge } from './status-badge';

export function JobTable({ jobs }: { readonly jobs: readonly Job[] }) {
  const t = useTexts();
  const format = useFormats();
  const navigate = useNavigate();
  const nowMs = useNow();
  const columns: readonly Column<Job>[] = [
    { name: t.jobs.columns.status, cell: (job) => <StatusBadge status={job.status} /> },
    {
      name: t.jobs.columns.job,
      kind: 'grow',
      cell: (job) => (
        <div className="two-lines">
          <Link to="/cloud/jobs/$jobId" params={{ jobId: job.job_id }}>
            {jobName(job)}
          </Link>
          <span className="muted code">{shortId(job.job_id)}</span>
        </div>
      ),
    },
    { name: t.jobs.columns.progress, cell: (job) => <JobProgress job={job} /> },
    {
      name: t.jobs.columns.hardware,
      cell: (job) => (
        <div className="two-lines">
          <span>{job.provider}</span>
          <span className="muted">{job.hardware_type ?? ''}</span>
        </div>
      ),
    },
    {
      name: t.jobs.columns.created,
      cell: (job) => (
        <time dateTime={job.created_at} title={format.instant(job.created_at)}>
          {format.ago(job.created_at, nowMs)}
        </time>
      ),
    },
    {
      name: t.jobs.columns.duration,
      kind: 'number',
      cell: (job) => {
        const seconds = durationOf(job, nowMs);
        return seconds === null ? '–' : format.duration(seconds);
      },
    },
    {
      name: t.jobs.columns.cost,
      kind: 'number',
      cell: (job) => (job.cost_usd === null ? '–' : format.usd(job.cost_usd)),
    },
    { name: t.jobs.columns.actions, kind: 'actions', cell: (job) => <JobMenu job={job} /> },
  ];
  return (
    <Table
      label={t.jobs.title}
      columns={columns}
      rows={jobs}
      keyOf={(job) => job.job_id}
      onOpen={(job) => void navigate({ to: '/cloud/jobs/$jobId', params: { jobId: job.job_id } })}
    />
  );
}

function JobMenu({ job }: { readonly job: Job }) {
  const t = useTexts();
  const navigate = useNavigate();
  const { cancel, retry, remove, dialogs } = useJobActions(job);
  const items: readonly MenuItem[] = [
    {
      label: t.job.open,
      onSelect: () => void navigate({ to: '/cloud/jobs/$jobId', params: { jobId: job.job_id } }),
    },
    ...(retry ? [{ label: t.job.retry, onSelect: retry }] : []),
    ...(cancel ? [{ label: t.job.cancel, onSelect: cancel, isDangerous: true }] : []),
    ...(remove ? [{ label: t.job.delete, onSelect: remove, isDangerous: true }] : []),
  ];
  return (
    <>
      <Menu
        trigger={
          <IconButton label={t.job.actionsOf(jobName(job))}>
            <DotsHorizontalIcon />
          </IconButton>
        }
        items={items}
      />
      {dialogs}
    </>
  );
}
