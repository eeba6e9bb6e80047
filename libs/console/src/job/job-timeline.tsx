import { useQuery } from '@tanstack/react-query';
import { timelineQuery } from '../api/queries';
import type { Job } from '../api/types';
import { useFormats } from '../format/format';
import { StatusBadge } from '../jobs/status-badge';
import { useTexts } from '../language/language';
import { Panel } from '../ui/page';
import { Empty, Loaded } from '../ui/states';

/** What made the job what it is, the newest first. */
export function JobTimeline({ job }: { readonly job: Job }) {
  const t = useTexts();
  const format = useFormats();
  const query = useQuery(timelineQuery(job.job_id));
  return (
    <Panel title={t.timeline.title}>
      <Loaded query={query}>
        {({ timeline }) =>
          timeline.length === 0 ? (
            <Empty title={t.timeline.none} />
          ) : (
            <ol className="timeline">
              {timeline.toReversed().map((entry) => (
                <li key={`${entry.at} ${entry.evidence_ids.join()} ${entry.source} ${entry.note}`}>
                  <div className="timeline-head">
                    {entry.from !== entry.to && <StatusBadge status={entry.to} />}
                    <span className="muted">{t.timeline.sources[entry.source]}</span>
                    <time dateTime={entry.at} className="muted">
                      {format.instant(entry.at)}
                    </time>
                  </div>
                  {entry.note !== null && <p>{entry.note}</p>}
                </li>
              ))}
            </ol>
          )
        }
      </Loaded>
    </Panel>
  );
}
