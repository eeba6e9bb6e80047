import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { periods, type Period } from '../jobs/job-search';
import { useTexts } from '../language/language';
import { Button } from '../ui/button';
import { SelectField, TextField } from '../ui/field';
import { auditTypesQuery, type AuditFilter } from './queries';

const DAY_MS = 86_400_000;

export interface AuditFiltersProps {
  readonly filter: AuditFilter;
  readonly onChange: (filter: AuditFilter) => void;
}

/** Choices apply at once, texts with Enter or the button. */
export function AuditFilters({ filter, onChange }: AuditFiltersProps) {
  const t = useTexts();
  const { data: types = [] } = useQuery(auditTypesQuery);
  const [period, setPeriod] = useState<Period | ''>('');
  const [actor, setActor] = useState('');
  const [target, setTarget] = useState('');
  const [address, setAddress] = useState('');
  const given = (text: string) => (text.trim() === '' ? undefined : text.trim());
  const apply = (part: AuditFilter) => onChange({ ...filter, ...part });
  return (
    <form
      className="filters filters-even"
      role="search"
      aria-label={t.jobs.filters}
      onSubmit={(event) => {
        event.preventDefault();
        apply({ actor_id: given(actor), target_id: given(target), ip: given(address) });
      }}
    >
      <SelectField
        label={t.audit.event}
        isLabelHidden
        value={filter.event_type?.[0] ?? ''}
        onChange={(type) => apply({ event_type: type === '' ? undefined : [type] })}
        options={[{ value: '', label: t.audit.allEvents }, ...types.map((type) => ({ value: type, label: type }))]}
      />
      <SelectField
        label={t.jobs.period}
        isLabelHidden
        value={period}
        onChange={(value) => {
          const chosen = value as Period | '';
          setPeriod(chosen);
          apply({
            since: chosen === '' ? undefined : new Date(Date.now() - periods[chosen] * DAY_MS).toISOString(),
          });
        }}
        options={[
          { value: '', label: t.jobs.allTime },
          { value: 'day', label: t.jobs.periods.day },
          { value: 'week', label: t.jobs.periods.week },
          { value: 'month', label: t.jobs.periods.month },
        ]}
      />
      <TextField label={t.audit.actor} isLabelHidden placeholder={t.audit.actor} value={actor} onChange={setActor} />
      <TextField
        label={t.audit.targetId}
        isLabelHidden
        placeholder={t.audit.targetId}
        value={target}
        onChange={setTarget}
      />
      <TextField
        label={t.audit.address}
        isLabelHidden
        placeholder={t.audit.address}
        value={address}
        onChange={setAddress}
      />
      <Button type="submit">{t.audit.apply}</Button>
    </form>
  );
}
