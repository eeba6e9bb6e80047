import { useQuery } from '@tanstack/react-query';
import type { RateLimits } from '../api/types';
import { useFormats } from '../format/format';
import { useTexts } from '../language/language';
import { Badge } from '../ui/badge';
import { Meter } from '../ui/meter';
import { Page, Panel } from '../ui/page';
import { Empty, Loaded } from '../ui/states';
import { Table, type Column } from '../ui/table';
import { rateLimitsQuery } from './queries';

type Rule = RateLimits['rules'][number];
type Usage = RateLimits['keys'][number];

const PERCENT = 100;

export function RateLimitsPage() {
  const t = useTexts();
  return (
    <Page title={t.rateLimits.title} intro={t.rateLimits.intro}>
      <Loaded query={useQuery(rateLimitsQuery)} lines={8}>
        {(report) => (
          <>
            <div className="job-line">
              <Badge tone={report.enabled ? 'good' : 'warn'}>
                {report.enabled ? t.rateLimits.on : t.rateLimits.off}
              </Badge>
              <Badge tone={report.store.is_available ? 'neutral' : 'bad'}>
                {report.store.is_available
                  ? t.rateLimits.store(report.store.backend)
                  : t.rateLimits.storeAway(report.store.backend, report.store.fallback_requests)}
              </Badge>
            </div>
            <Panel title={t.rateLimits.callers} intro={t.rateLimits.callersHelp} isFlush>
              <Callers keys={report.keys} />
            </Panel>
            <Panel title={t.rateLimits.rules} intro={t.rateLimits.rulesHelp} isFlush>
              <Rules rules={report.rules} />
            </Panel>
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Callers({ keys }: { readonly keys: readonly Usage[] }) {
  const t = useTexts();
  const format = useFormats();
  const columns: readonly Column<Usage>[] = [
    { name: t.rateLimits.caller, kind: 'grow', cell: ({ key }) => <span className="code break">{key}</span> },
    {
      name: t.rateLimits.used,
      cell: ({ key, count, limit }) => (
        <div className="progress">
          <div className="progress-words">
            <span>{t.rateLimits.of(count, limit)}</span>
            <span className="muted">{format.percent((count / limit) * PERCENT)}</span>
          </div>
          <Meter percent={(count / limit) * PERCENT} label={key} />
        </div>
      ),
    },
    { name: t.rateLimits.reset, kind: 'number', cell: (usage) => format.duration(usage.reset_in_seconds) },
  ];
  if (keys.length === 0) return <Empty title={t.rateLimits.noCallers} />;
  return <Table label={t.rateLimits.callers} columns={columns} rows={keys} keyOf={({ key }) => key} />;
}

function Rules({ rules }: { readonly rules: readonly Rule[] }) {
  const t = useTexts();
  const format = useFormats();
  const columns: readonly Column<Rule>[] = [
    { name: t.rateLimits.rule, cell: ({ name }) => name },
    {
      name: t.rateLimits.pattern,
      kind: 'grow',
      cell: ({ methods, pattern }) => (
        <span className="code break">
          {methods?.join(', ') ?? t.rateLimits.anyMethod} {pattern}
        </span>
      ),
    },
    { name: t.rateLimits.limit, kind: 'number', cell: (rule) => t.rateLimits.per(rule.calls, rule.period_seconds) },
    {
      name: t.rateLimits.mode,
      cell: ({ mode }) => <Badge tone={mode === 'enforce' ? 'info' : 'neutral'}>{t.rateLimits.modes[mode]}</Badge>,
    },
    { name: t.rateLimits.allowed, kind: 'number', cell: ({ totals }) => format.number(totals.allowed) },
    { name: t.rateLimits.refused, kind: 'number', cell: ({ totals }) => format.number(totals.refused) },
    { name: t.rateLimits.shadowed, kind: 'number', cell: ({ totals }) => format.number(totals.shadowed) },
  ];
  return (
    <Table label={t.rateLimits.rules} columns={columns} rows={rules} keyOf={({ name, pattern }) => name + pattern} />
  );
}
