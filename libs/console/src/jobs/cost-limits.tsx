import { useQuery } from '@tanstack/react-query';
import { costLimitsQuery } from '../api/queries';
import type { CostLimit } from '../api/types';
import { useFormats } from '../format/format';
import { useTexts } from '../language/language';
import { Meter } from '../ui/meter';

/** From here on a submitter is warned: as the server warns. */
const NEAR_PERCENT = 80;

/** How much of the cost limits is used, of one provider or of all that have one; nothing where there is none. */
export function CostLimits({ provider }: { readonly provider?: string }) {
  const t = useTexts();
  const { data = [] } = useQuery(costLimitsQuery);
  const limits = data.filter(
    (limit) => limit.enabled && limit.limit_usd !== null && (provider === undefined || limit.provider === provider),
  );
  if (limits.length === 0) return null;
  return (
    <ul className="cost-limits" aria-label={t.costLimits.title}>
      {limits.map((limit) => (
        <li key={limit.provider}>
          <Limit limit={limit} />
        </li>
      ))}
    </ul>
  );
}

function Limit({ limit }: { readonly limit: CostLimit }) {
  const t = useTexts();
  const format = useFormats();
  const percent = limit.percent_used ?? 0;
  const tone = limit.is_exceeded ? 'bad' : percent >= NEAR_PERCENT ? 'warn' : 'good';
  return (
    <div className={`progress cost-limit-${tone}`}>
      <div className="progress-words">
        <span>
          <strong>{limit.provider}</strong> {t.costLimits.periods[limit.period]}
        </span>
        <span>
          {t.costLimits.used(format.usd(limit.spent_usd + limit.reserved_usd), format.usd(limit.limit_usd ?? 0))}
        </span>
      </div>
      <Meter percent={percent} label={`${t.costLimits.title}: ${limit.provider}`} />
      <p className="help">
        {t.costLimits.parts(format.usd(limit.spent_usd), format.usd(limit.reserved_usd))}{' '}
        {t.costLimits.resets(format.instant(limit.resets_at))}
      </p>
      {limit.is_exceeded && (
        <p className={limit.action === 'block' ? 'fault' : 'cost-limit-words'} role="status">
          {t.costLimits.exceeded[limit.action]}
        </p>
      )}
    </div>
  );
}
