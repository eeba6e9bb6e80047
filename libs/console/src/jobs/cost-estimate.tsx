import { useQuery } from '@tanstack/react-query';
import { estimateQuery } from '../api/queries';
import { useFormats } from '../format/format';
import { useTexts } from '../language/language';

const SECONDS_PER_HOUR = 3_600;

/** What a job like those before would cost on this hardware. */
export function CostEstimate({ provider, profile }: { readonly provider: string; readonly profile: string }) {
  const t = useTexts();
  const format = useFormats();
  const { data, error } = useQuery({ ...estimateQuery(provider, profile), enabled: profile !== '' });
  if (profile === '' || error) return null;
  return (
    <dl className="estimate" aria-live="polite">
      <div>
        <dt>{t.submit.estimate}</dt>
        <dd>{data && (data.estimated_cost_usd === null ? '–' : format.usd(data.estimated_cost_usd))}</dd>
      </div>
      <div>
        <dt>{t.submit.price}</dt>
        <dd>{data && t.submit.perHour(format.usd(data.usd_per_second * SECONDS_PER_HOUR))}</dd>
      </div>
      <div>
        <dt>{t.submit.basis}</dt>
        <dd>
          {data &&
            (data.average_duration_seconds === null
              ? t.submit.noBasis
              : t.submit.basedOn(data.based_on_jobs, format.duration(data.average_duration_seconds)))}
        </dd>
      </div>
    </dl>
  );
}
