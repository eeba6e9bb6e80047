import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { answered, api } from '../api/client';
import type { components } from '../api/schema';
import { useTexts } from '../language/language';
import { Button } from '../ui/button';
import { Page, Panel } from '../ui/page';
import { Loaded } from '../ui/states';
import { Switch } from '../ui/switch';
import { useToasts } from '../ui/toasts';
import { MetricsEndpoint } from './metrics-endpoint';
import { MetricsPreview } from './metrics-preview';
import { metricsCategoriesQuery, metricsConfigQuery, metricsTemplatesQuery } from './queries';

type Config = components['schemas']['MetricsSettingsView'];
type Category = Config['prometheus_categories'][number];

/** What of the metrics settings is changed. */
type Change = components['schemas']['MetricsSettingsBody'];

export function MetricsPage() {
  const t = useTexts();
  return (
    <Page title={t.metrics.title} intro={t.metrics.intro}>
      <Loaded query={useQuery(metricsConfigQuery)}>{(config) => <Sections config={config} />}</Loaded>
    </Page>
  );
}

function Sections({ config }: { readonly config: Config }) {
  const t = useTexts();
  const { change, apply, isBusy } = useMetricsSettings();
  return (
    <>
      <Panel
        title={t.metrics.export}
        intro={config.prometheus_enabled ? t.metrics.isOn : t.metrics.isOff}
        actions={
          <Switch
            label={t.metrics.export}
            isOn={config.prometheus_enabled}
            isDisabled={isBusy}
            onChange={(isOn) => change({ prometheus_enabled: isOn })}
          />
        }
      >
        <MetricsEndpoint path={config.endpoint} />
      </Panel>
      <Templates config={config} isBusy={isBusy} onApply={apply} />
      <Categories
        config={config}
        isBusy={isBusy}
        onChange={(categories) => change({ prometheus_categories: [...categories] })}
      />
      <MetricsPreview categories={config.prometheus_categories} />
    </>
  );
}

/** Changes hold on every replica as soon as they are answered. */
function useMetricsSettings() {
  const t = useTexts();
  const client = useQueryClient();
  const { say, sayFailed } = useToasts();
  const onSuccess = (config: Config) => {
    client.setQueryData(metricsConfigQuery.queryKey, config);
    for (const key of ['categories', 'preview']) void client.invalidateQueries({ queryKey: ['metrics', key] });
    say(t.metrics.saved);
  };
  const change = useMutation({
    mutationFn: (body: Change) => answered(api.PUT('/api/cloud/metrics/config', { body })),
    onSuccess,
    onError: sayFailed,
  });
  const apply = useMutation({
    mutationFn: (id: string) =>
      answered(api.POST('/api/cloud/metrics/config/templates/{id}', { params: { path: { id } } })),
    onSuccess,
    onError: sayFailed,
  });
  return { change: change.mutate, apply: apply.mutate, isBusy: change.isPending || apply.isPending };
}

interface PartProps {
  readonly config: Config;
  readonly isBusy: boolean;
}

function Templates({ config, isBusy, onApply }: PartProps & { readonly onApply: (id: string) => void }) {
  const t = useTexts();
  const chosen = [...config.prometheus_categories].sort().join();
  return (
    <Panel title={t.metrics.templates} intro={t.metrics.templatesHelp}>
      <Loaded query={useQuery(metricsTemplatesQuery)}>
        {(templates) => (
          <ul className="cards">
            {templates.map(({ id, name: given, description, categories }) => {
              const { name, help } = wordsOf(t.metrics.templateWords, id, given, description);
              const isChosen = [...categories].sort().join() === chosen;
              return (
                <li key={id} className="card">
                  <p className="setting-name">{name}</p>
                  <p className="help">{help}</p>
                  <p className="code muted">{categories.join(', ')}</p>
                  <Button
                    disabled={isBusy || isChosen}
                    aria-label={t.metrics.applyTemplate(name)}
                    onClick={() => onApply(id)}
                  >
                    {isChosen ? t.metrics.inUse : t.metrics.apply}
                  </Button>
                </li>
              );
            })}
          </ul>
        )}
      </Loaded>
    </Panel>
  );
}

function Categories({ config, isBusy, onChange }: PartProps & { readonly onChange: (chosen: Category[]) => void }) {
  const t = useTexts();
  const chosen = config.prometheus_categories;
  return (
    <Panel title={t.metrics.categories} intro={t.metrics.categoriesHelp}>
      <Loaded query={useQuery(metricsCategoriesQuery)}>
        {(categories) => (
          <ul className="settings">
            {categories.map(({ id, name: given, description, metrics }) => {
              const { name, help } = wordsOf(t.metrics.categoryWords, id, given, description);
              return (
                <li key={id} className="setting">
                  <div className="setting-words">
                    <p className="setting-name">{name}</p>
                    <p className="help">{help}</p>
                  </div>
                  <div className="setting-control">
                    <Switch
                      label={name}
                      isOn={chosen.includes(id as Category)}
                      isDisabled={isBusy}
                      onChange={(isOn) =>
                        onChange(isOn ? [...chosen, id as Category] : chosen.filter((one) => one !== id))
                      }
                    />
                    {metrics.length > 0 && <Families metrics={metrics} />}
                  </div>
                </li>
              );
            })}
          </ul>
        )}
      </Loaded>
    </Panel>
  );
}

interface Words {
  readonly name: string;
  readonly help: string;
}

/** In the reader's language; what a newer server has beyond that is shown as it says it. */
function wordsOf(known: Readonly<Record<string, Words>>, id: string, name: string, help: string): Words {
  return known[id] ?? { name, help };
}

function Families({ metrics }: { readonly metrics: components['schemas']['CategoryView']['metrics'] }) {
  const t = useTexts();
  return (
    <details>
      <summary className="help">{t.metrics.families(metrics.length)}</summary>
      <dl className="families">
        {metrics.map(({ name, help }) => (
          <div key={name}>
            <dt className="code break">{name}</dt>
            <dd className="help">{help}</dd>
          </div>
        ))}
      </dl>
    </details>
  );
}
