import type { Job } from '../api/types';
import { useFormats, useNow } from '../format/format';
import { durationOf } from '../jobs/job-duration';
import { useTexts } from '../language/language';
import { Facts, Panel } from '../ui/page';

export function JobDetails({ job }: { readonly job: Job }) {
  const t = useTexts();
  const format = useFormats();
  const nowMs = useNow(job.is_active);
  const seconds = durationOf(job, nowMs);
  const instant = (at: string | null) => at && <time dateTime={at}>{format.instant(at)}</time>;
  const usd = (amount: number | null) => (amount === null ? null : format.usd(amount));
  return (
    <Panel title={t.details.title}>
      <Facts
        rows={[
          [t.details.cost, usd(job.cost_usd)],
          [t.details.estimate, usd(job.estimated_cost_usd)],
          [t.details.duration, seconds === null ? null : format.duration(seconds)],
          [t.details.provider, job.provider],
          [t.details.hardware, job.hardware_type],
          [t.details.config, job.config_name],
          [t.details.created, instant(job.created_at)],
          [t.details.started, instant(job.started_at)],
          [t.details.completed, instant(job.completed_at)],
          [t.details.user, job.user_id],
          [t.details.providerJob, job.provider_job_id && <span className="code break">{job.provider_job_id}</span>],
        ]}
      />
    </Panel>
  );
}
