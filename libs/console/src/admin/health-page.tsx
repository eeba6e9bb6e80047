import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { healthQuery } from '../api/queries';
import type { HealthReport } from '../api/types';
import { useFormats } from '../format/format';
import { useTexts } from '../language/language';
import { Badge } from '../ui/badge';
import { Page, Panel } from '../ui/page';
import { Loaded } from '../ui/states';
import { Switch } from '../ui/switch';
import { Table, type Column } from '../ui/table';

type Component = HealthReport['components'][number];

const tones = { healthy: 'good', degraded: 'warn', unhealthy: 'bad' } as const;

export function HealthPage() {
  const t = useTexts();
  const format = useFormats();
  const [withProviders, setWithProviders] = useState(false);
  const columns: readonly Column<Component>[] = [
    { name: t.health.state, cell: ({ status }) => <Badge tone={tones[status]}>{t.health.states[status]}</Badge> },
    { name: t.health.component, cell: ({ name }) => <span className="code">{name}</span> },
    { name: t.health.message, kind: 'grow', cell: ({ message }) => <span className="break">{message}</span> },
    {
      name: t.health.latency,
      kind: 'number',
      cell: ({ latency_ms: latencyMs }) => (latencyMs === undefined ? '–' : `${format.number(latencyMs)} ms`),
    },
  ];
  return (
    <Page
      title={t.health.title}
      intro={t.health.intro}
      actions={
        <label className="inline-switch">
          <Switch label={t.health.askProviders} isOn={withProviders} onChange={setWithProviders} />
          <span aria-hidden="true">{t.health.askProviders}</span>
        </label>
      }
    >
      <Loaded query={useQuery(healthQuery(withProviders))}>
        {(report) => (
          <>
            <dl className="tiles">
              {[
                [t.health.state, t.health.states[report.status]],
                [t.health.version, report.version],
                [t.health.uptime, format.duration(report.uptime_seconds)],
                [t.health.asked, format.instant(report.timestamp)],
              ].map(([name, value]) => (
                <div key={name} className="tile">
                  <dt>{name}</dt>
                  <dd>{value}</dd>
                </div>
              ))}
            </dl>
            <Panel title={t.health.components} isFlush>
              <Table
                label={t.health.components}
                columns={columns}
                rows={report.components}
                keyOf={({ name }) => name}
              />
            </Panel>
          </>
        )}
      </Loaded>
    </Page>
  );
}
