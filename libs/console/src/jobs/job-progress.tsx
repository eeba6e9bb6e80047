import type { Job } from '../api/types';
import { useFormats } from '../format/format';
import { useTexts } from '../language/language';
import { Meter } from '../ui/meter';

/** What an active job does and how far it is; of one that failed, why. */
export function JobProgress({ job }: { readonly job: Job }) {
  const t = useTexts();
  const format = useFormats();
  if (job.status === 'failed')
    return (
      <span className="muted one-line" title={job.error_message ?? undefined}>
        {job.error_message ?? '–'}
      </span>
    );
  if (job.queue_position !== null) return <span className="muted">{t.jobs.place(job.queue_position)}</span>;
  if (job.is_terminal || !job.progress) return <span className="muted">–</span>;
  const { stage, percent, current, total } = job.progress;
  return (
    <div className="progress">
      <div className="progress-words">
        <span>{stage}</span>
        <span className="muted">
          {current !== null && total !== null ? `${format.number(current)} / ${format.number(total)}` : ''}
        </span>
      </div>
      <Meter percent={percent} label={stage} />
    </div>
  );
}
