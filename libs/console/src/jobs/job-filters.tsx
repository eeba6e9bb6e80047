import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { providersQuery } from '../api/queries';
import { useTexts } from '../language/language';
import { useSession } from '../session/session';
import { SelectField, TextField } from '../ui/field';
import { Choice } from '../ui/choice';
import { jobSearchOf, jobViews, type JobSearch } from './job-search';

/** Typing asks once it pauses, not with every letter. */
const TYPING_PAUSE_MS = 300;

export interface JobFiltersProps {
  readonly search: JobSearch;
  readonly onChange: (search: JobSearch) => void;
}

export function JobFilters({ search, onChange }: JobFiltersProps) {
  const t = useTexts();
  const { may } = useSession();
  const { data: providers = [] } = useQuery({ ...providersQuery, enabled: may('config.view') });
  const [text, setText] = useState(search.q ?? '');
  // What is left out again is dropped from the address.
  const change = (part: Record<string, string>) => onChange(jobSearchOf({ ...search, ...part }));
  useEffect(() => {
    if (text === (search.q ?? '')) return;
    const timer = setTimeout(() => change({ q: text }), TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  });
  return (
    <div className="filters" role="search" aria-label={t.jobs.filters}>
      <Choice
        label={t.jobs.statusFilter}
        value={search.view ?? 'all'}
        onChange={(view) => change({ view })}
        options={jobViews.map((view) => ({ value: view, label: t.jobs.views[view] }))}
      />
      <SelectField
        label={t.jobs.provider}
        isLabelHidden
        value={search.provider ?? ''}
        onChange={(provider) => change({ provider })}
        options={[
          { value: '', label: t.jobs.allProviders },
          ...providers.map(({ name }) => ({ value: name, label: name })),
        ]}
      />
      <SelectField
        label={t.jobs.period}
        isLabelHidden
        value={search.period ?? ''}
        onChange={(period) => change({ period })}
        options={[
          { value: '', label: t.jobs.allTime },
          { value: 'day', label: t.jobs.periods.day },
          { value: 'week', label: t.jobs.periods.week },
          { value: 'month', label: t.jobs.periods.month },
        ]}
      />
      <TextField
        label={t.jobs.search}
        isLabelHidden
        type="search"
        placeholder={t.jobs.search}
        value={text}
        onChange={setText}
      />
    </div>
  );
}
