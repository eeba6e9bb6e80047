import { CheckCircledIcon, CrossCircledIcon } from '@radix-ui/react-icons';
import { useMutation } from '@tanstack/react-query';
import { answered, api } from '../api/client';
import { useFormats } from '../format/format';
import { useTexts } from '../language/language';
import { Button } from '../ui/button';
import { Panel } from '../ui/page';
import { Failed } from '../ui/states';

interface Trace {
  readonly ok: boolean;
  readonly hint: string;
  readonly steps: readonly {
    readonly name: string;
    readonly ok: boolean;
    readonly detail: string;
    readonly duration_ms: number;
  }[];
}

const MS_PER_SECOND = 1_000;

/** Tries the way out to the provider, and the way back of its webhooks, and shows each step. */
export function Trials({ provider }: { readonly provider: string }) {
  const t = useTexts();
  const params = { path: { provider } };
  const connection = useMutation({
    mutationFn: (): Promise<Trace> =>
      answered(api.POST('/api/cloud/providers/{provider}/test-connection', { params, body: {} })),
  });
  const webhook = useMutation({
    mutationFn: (): Promise<Trace> => answered(api.POST('/api/cloud/providers/{provider}/test-webhook', { params })),
  });
  const trials = [
    { name: t.trials.connection, help: t.trials.connectionHelp, trial: connection },
    { name: t.trials.webhook, help: t.trials.webhookHelp, trial: webhook },
  ];
  return (
    <Panel title={t.trials.title}>
      <div className="trials">
        {trials.map(({ name, help, trial }) => (
          <div key={name} className="trial">
            <div className="trial-head">
              <p className="help">{help}</p>
              <Button isBusy={trial.isPending} onClick={() => trial.mutate()}>
                {name}
              </Button>
            </div>
            {trial.error && <Failed error={trial.error} />}
            {trial.data && <Steps trace={trial.data} label={name} />}
          </div>
        ))}
      </div>
    </Panel>
  );
}

function Steps({ trace, label }: { readonly trace: Trace; readonly label: string }) {
  const t = useTexts();
  const format = useFormats();
  return (
    <div role="status">
      <ol className="steps" aria-label={label}>
        {trace.steps.map(({ name, ok, detail, duration_ms: durationMs }) => (
          <li key={name} className={ok ? 'step-good' : 'step-bad'}>
            {ok ? <CheckCircledIcon /> : <CrossCircledIcon />}
            <span className="step-name">{name}</span>
            <span className="visually-hidden">{ok ? t.trials.good : t.trials.bad}</span>
            <span className="break">{detail}</span>
            <span className="muted">{format.duration(durationMs / MS_PER_SECOND)}</span>
          </li>
        ))}
      </ol>
      <p className={trace.ok ? 'saved' : 'fault'}>
        {trace.hint === '' ? (trace.ok ? t.trials.good : t.trials.bad) : trace.hint}
      </p>
    </div>
  );
}
