import { useQuery } from '@tanstack/react-query';
import { statisticsQuery } from '../api/queries';
import { activeStatuses } from '../api/types';
import { useFormats } from '../format/format';
import { useTexts } from '../language/language';

/** The last month in a few numbers. */
export function Statistics() {
  const t = useTexts();
  const format = useFormats();
  const { data } = useQuery(statisticsQuery);
  const of = (status: string) => data?.jobs_by_status[status] ?? 0;
  const tiles = [
    [t.statistics.active, data && format.number(activeStatuses.reduce((sum, status) => sum + of(status), 0))],
    [t.statistics.completed, data && format.number(of('completed'))],
    [t.statistics.failed, data && format.number(of('failed'))],
    [t.statistics.cost, data && format.usd(data.total_cost_usd)],
    [
      t.statistics.duration,
      data && (data.average_duration_seconds === null ? '–' : format.duration(data.average_duration_seconds)),
    ],
  ] as const;
  return (
    <dl className="tiles" aria-label={t.statistics.title}>
      {tiles.map(([name, value]) => (
        <div key={name} className="tile">
          <dt>{name}</dt>
          <dd>{value ?? <span className="skeleton skeleton-short" />}</dd>
        </div>
      ))}
    </dl>
  );
}
