import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { timelineQuery } from '../api/queries';
import type { Job, TimelineEntry } from '../api/types';
import { useFormats } from '../format/format';
import { StatusBadge } from '../jobs/status-badge';
import { useTexts } from '../language/language';
import { Button } from '../ui/button';
import { Panel } from '../ui/page';
import { Empty, Loaded } from '../ui/states';

/** A run that delivers hundreds of files is not read to the end by everybody. */
const ENTRIES_SHOWN = 30;

/** What made the job what it is, the newest first. */
export function JobTimeline({ job }: { readonly job: Job }) {
  const t = useTexts();
  const query = useQuery(timelineQuery(job.job_id));
  const [isWhole, showWhole] = useState(false);
  return (
    <Panel title={t.timeline.title}>
      <Loaded query={query}>
        {({ timeline }) =>
          timeline.length === 0 ? (
            <Empty title={t.timeline.none} />
          ) : (
            <>
              <ol className="timeline">
                {timeline
                  .toReversed()
                  .slice(0, isWhole ? undefined : ENTRIES_SHOWN)
                  .map((entry) => (
                    <Entry
                      key={`${entry.at} ${entry.evidence_ids.join()} ${entry.source} ${entry.note}`}
                      entry={entry}
                    />
                  ))}
              </ol>
              {!isWhole && timeline.length > ENTRIES_SHOWN && (
                <Button kind="quiet" onClick={() => showWhole(true)}>
                  {t.timeline.all(timeline.length)}
                </Button>
              )}
            </>
          )
        }
      </Loaded>
    </Panel>
  );
}

function Entry({ entry }: { readonly entry: TimelineEntry }) {
  const t = useTexts();
  const format = useFormats();
  return (
    <li>
      <div className="timeline-head">
        {entry.from !== entry.to && <StatusBadge status={entry.to} />}
        <span className="muted">{t.timeline.sources[entry.source]}</span>
        <time dateTime={entry.at} className="muted">
          {format.instant(entry.at)}
        </time>
      </div>
      {entry.note !== null && <p>{entry.note}</p>}
    </li>
  );
}
