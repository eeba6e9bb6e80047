import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { readText } from '../api/objects';
import { objectsQuery } from '../api/queries';
import type { Job } from '../api/types';
import { useFormats } from '../format/format';
import { useTexts } from '../language/language';
import { SelectField } from '../ui/field';
import { Panel } from '../ui/page';
import { Chart } from './chart';
import { isLoss, metricsFileOf, seriesOfJsonLines, seriesOfLog, type Series } from './series';

/** A run of a million steps that writes each of them. */
const METRICS_BYTES_MAX = 32 * 1_024 * 1_024;
const LOSS = 'loss';

/** The loss, and what else the trainer has measured: from its own numbers, before they arrive from its log. */
export function JobCurve({ job, log }: { readonly job: Job; readonly log: string }) {
  const t = useTexts();
  const format = useFormats();
  const { data: objects = [] } = useQuery(objectsQuery(job.job_id));
  const file = objects.find(({ key }) => key === metricsFileOf(objects.map((object) => object.key)));
  const metrics = useQuery({
    queryKey: ['metrics-file', job.job_id, file?.key, file?.last_modified],
    queryFn: async ({ signal }) =>
      seriesOfJsonLines(await readText(job.job_id, file?.key ?? '', METRICS_BYTES_MAX, signal)),
    enabled: file !== undefined && file.size > 0,
  });
  const [chosen, choose] = useState(LOSS);
  const series = metrics.data ?? seriesOfLog(log);
  if (series.length === 0) return null;
  const others = series.filter((one) => !isLoss(one));
  const shown = chosen === LOSS ? series.filter(isLoss) : series.filter(({ name }) => name === chosen);
  return (
    <Panel
      title={t.curve.title}
      intro={metrics.data ? t.curve.fromFile(file?.key ?? '') : t.curve.fromLog}
      actions={
        others.length > 0 && (
          <SelectField
            label={t.curve.measure}
            isLabelHidden
            value={chosen}
            onChange={choose}
            options={[
              { value: LOSS, label: t.curve.loss },
              ...others.map(({ name }) => ({ value: name, label: name })),
            ]}
          />
        )
      }
    >
      <figure className="curve">
        <Chart series={shown} stepLabel={t.curve.step} />
        <figcaption className="help">
          {shown.map((one) => (
            <span key={one.name}>{t.curve.summary(one.name, ...summaryOf(one, format.number))}</span>
          ))}
        </figcaption>
      </figure>
    </Panel>
  );
}

/** The last and the least value, as text. */
function summaryOf({ points }: Series, write: (value: number) => string): [last: string, least: string] {
  const values = [...points.values()];
  return [write(values.at(-1) ?? 0), write(values.reduce((least, value) => Math.min(least, value), Infinity))];
}
