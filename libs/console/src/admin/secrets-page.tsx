import { useQuery } from '@tanstack/react-query';
import type { Secrets } from '../api/types';
import { useFormats } from '../format/format';
import { useTexts } from '../language/language';
import { Badge } from '../ui/badge';
import { Page, Panel } from '../ui/page';
import { Loaded } from '../ui/states';
import { Table, type Column } from '../ui/table';
import { secretsQuery } from './queries';

type Secret = Secrets['secrets'][number];
type Source = Secrets['sources'][number];

const tones = { ok: 'good', failing: 'bad', unread: 'neutral' } as const;

export function SecretsPage() {
  const t = useTexts();
  const format = useFormats();
  const secretColumns: readonly Column<Secret>[] = [
    { name: t.secrets.name, kind: 'grow', cell: ({ name }) => <span className="code">{name}</span> },
    {
      name: t.secrets.source,
      cell: ({ source }) =>
        source === null ? (
          <Badge tone="neutral">{t.secrets.absent}</Badge>
        ) : (
          <Badge tone="good">{t.secrets.sources[source]}</Badge>
        ),
    },
    {
      name: t.secrets.read,
      cell: ({ age_seconds: age }) => (age === null ? '–' : t.secrets.ago(format.duration(age))),
    },
    { name: t.secrets.fingerprint, cell: ({ fingerprint }) => <span className="code">{fingerprint ?? '–'}</span> },
    {
      name: t.secrets.shadowed,
      cell: ({ shadowed }) => (shadowed.length === 0 ? '–' : shadowed.map((one) => t.secrets.sources[one]).join(', ')),
    },
  ];
  const sourceColumns: readonly Column<Source>[] = [
    { name: t.secrets.source, cell: ({ name }) => t.secrets.sources[name] },
    { name: t.secrets.state, cell: ({ status }) => <Badge tone={tones[status]}>{t.secrets.states[status]}</Badge> },
    { name: t.secrets.message, kind: 'grow', cell: ({ message }) => <span className="break">{message}</span> },
  ];
  return (
    <Page title={t.secrets.title} intro={t.secrets.intro}>
      <Loaded query={useQuery(secretsQuery)}>
        {({ secrets, sources }) => (
          <>
            <Panel title={t.secrets.known} isFlush>
              <Table label={t.secrets.known} columns={secretColumns} rows={secrets} keyOf={({ name }) => name} />
            </Panel>
            <Panel title={t.secrets.sourcesTitle} intro={t.secrets.sourcesHelp} isFlush>
              <Table label={t.secrets.sourcesTitle} columns={sourceColumns} rows={sources} keyOf={({ name }) => name} />
            </Panel>
          </>
        )}
      </Loaded>
    </Page>
  );
}
