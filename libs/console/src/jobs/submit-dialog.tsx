import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { answered, api } from '../api/client';
import { asFailure } from '../api/failure';
import { providersQuery } from '../api/queries';
import { useTexts } from '../language/language';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { SelectField, TextArea, TextField } from '../ui/field';
import { Empty, Loaded } from '../ui/states';
import { useToasts } from '../ui/toasts';
import type { Provider } from '../api/types';
import { CostEstimate } from './cost-estimate';
import { CostLimits } from './cost-limits';
import { emptySubmission, faultsOf, newIdempotencyKey, requestOf, type Submission } from './submission';

export function SubmitDialog({ onClose }: { readonly onClose: () => void }) {
  const t = useTexts();
  const providers = useQuery(providersQuery);
  const ready = providers.data?.filter((provider) => provider.is_configured);
  if (ready && ready.length > 0) return <SubmitForm providers={ready} onClose={onClose} />;
  return (
    <Dialog title={t.submit.title} onClose={onClose}>
      <Loaded query={providers}>
        {() => (
          <Empty title={t.submit.noProvider}>
            <p>{t.submit.noProviderHelp}</p>
            <Link to="/cloud/configuration">{t.settings.title}</Link>
          </Empty>
        )}
      </Loaded>
    </Dialog>
  );
}

function SubmitForm({ providers, onClose }: { readonly providers: readonly Provider[]; readonly onClose: () => void }) {
  const t = useTexts();
  const navigate = useNavigate();
  const client = useQueryClient();
  const { say, warn } = useToasts();
  const [form, setForm] = useState<Submission>(() => emptySubmission(providers[0]));
  const [isChecked, setChecked] = useState(false);
  // One dialog is one wish: pressed twice, or sent again after a lost answer, it makes one job.
  const [idempotencyKey] = useState(newIdempotencyKey);
  const set = (part: Partial<Submission>) => setForm((known) => ({ ...known, ...part }));
  const provider = providers.find(({ name }) => name === form.provider);
  const faults = isChecked ? faultsOf(form, t) : {};

  const submit = useMutation({
    mutationFn: () =>
      answered(
        api.POST('/api/cloud/jobs/submit', {
          params: { query: { provider: form.provider } },
          body: { ...requestOf(form), idempotency_key: idempotencyKey },
        }),
      ),
    onSuccess: ({ job_id: jobId, cost_limit_warning: warning }) => {
      onClose();
      if (warning) warn(warning);
      else say(t.submit.done);
      for (const key of ['jobs', 'cost-limits']) void client.invalidateQueries({ queryKey: [key] });
      void navigate({ to: '/cloud/jobs/$jobId', params: { jobId } });
    },
  });
  const failure = submit.error ? asFailure(submit.error) : undefined;
  const send = () => {
    setChecked(true);
    if (Object.keys(faultsOf(form, t)).length === 0) submit.mutate();
  };
  return (
    <Dialog
      title={t.submit.title}
      size="medium"
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t.common.cancel}</Button>
          <Button kind="primary" isBusy={submit.isPending} type="submit" form="submit-job">
            {t.submit.action}
          </Button>
        </>
      }
    >
      <form
        id="submit-job"
        className="form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          send();
        }}
      >
        <div className="form-columns">
          <SelectField
            label={t.submit.provider}
            value={form.provider}
            onChange={(name) => set(emptySubmissionTarget(providers.find((one) => one.name === name)))}
            options={providers.map(({ name }) => ({ value: name, label: name }))}
            error={failure?.of('provider')}
          />
          <SelectField
            label={t.submit.hardware}
            value={form.hardware}
            onChange={(hardware) => set({ hardware })}
            options={(provider?.hardware ?? []).map(({ id, label }) => ({ value: id, label }))}
            error={failure?.of('hardware_profile')}
          />
        </div>
        <CostEstimate provider={form.provider} profile={form.hardware} />
        <CostLimits provider={form.provider} />
        <TextField
          label={t.submit.name}
          help={t.submit.nameHelp}
          value={form.name}
          onChange={(name) => set({ name })}
          error={failure?.of('tracker_run_name')}
          maxLength={255}
        />
        <TextArea
          label={t.submit.config}
          help={t.submit.configHelp}
          rows={8}
          value={form.config}
          onChange={(config) => set({ config })}
          error={faults.config ?? failure?.of('config')}
        />
        <details>
          <summary>{t.submit.more}</summary>
          <TextArea
            label={t.submit.dataloader}
            help={t.submit.dataloaderHelp}
            rows={4}
            value={form.dataloader}
            onChange={(dataloader) => set({ dataloader })}
            error={faults.dataloader ?? failure?.of('dataloader_config')}
          />
          <TextArea
            label={t.submit.environment}
            help={t.submit.environmentHelp}
            rows={3}
            value={form.environment}
            onChange={(environment) => set({ environment })}
            error={faults.environment ?? failure?.of('env')}
          />
        </details>
        {failure && (
          <p className="fault" role="alert">
            {failure.status === 0 ? t.common.serverAway : failure.message}
          </p>
        )}
      </form>
    </Dialog>
  );
}

function emptySubmissionTarget(provider: Provider | undefined): Pick<Submission, 'provider' | 'hardware'> {
  const { provider: name, hardware } = emptySubmission(provider);
  return { provider: name, hardware };
}
