import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, api } from '../api/client';
import { asFailure } from '../api/failure';
import { useTexts } from '../language/language';
import { useSession } from '../session/session';
import { Button } from '../ui/button';
import { CopyButton } from '../ui/copy';
import { Dialog } from '../ui/dialog';
import { SelectField, TextField } from '../ui/field';
import { purposes, scopesFor, type Purpose } from './key-scopes';

const LIFETIMES_DAYS = ['30', '90', '365'] as const;

/** Asks what the key is for, and shows the key: once. */
export function NewKeyDialog({ onClose }: { readonly onClose: () => void }) {
  const t = useTexts();
  const client = useQueryClient();
  const { me } = useSession();
  const [name, setName] = useState('');
  const [purpose, setPurpose] = useState<Purpose>('everything');
  const [days, setDays] = useState('90');
  const make = useMutation({
    mutationFn: () => {
      const scopes = scopesFor(purpose, me.permissions);
      const body = {
        name: name.trim(),
        ...(scopes && { scopes }),
        ...(days !== '' && { expires_in_days: Number(days) }),
      };
      return answered(api.POST('/api/auth/api-keys', { body }));
    },
    onSuccess: () => void client.invalidateQueries({ queryKey: ['api-keys'] }),
  });
  const failure = make.error ? asFailure(make.error) : undefined;
  if (make.data)
    return (
      <Dialog title={t.apiKeys.made} onClose={onClose} footer={<Button onClick={onClose}>{t.common.close}</Button>}>
        <div className="stack">
          <p>{t.apiKeys.madeHelp}</p>
          <div className="job-line">
            <span className="code break">{make.data.key}</span>
            <CopyButton text={make.data.key} label={t.apiKeys.copy} />
          </div>
        </div>
      </Dialog>
    );
  return (
    <Dialog
      title={t.apiKeys.make}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>{t.common.cancel}</Button>
          <Button kind="primary" type="submit" form="new-key" isBusy={make.isPending} disabled={name.trim() === ''}>
            {t.apiKeys.make}
          </Button>
        </>
      }
    >
      <form
        id="new-key"
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate();
        }}
      >
        <TextField
          label={t.apiKeys.name}
          help={t.apiKeys.nameHelp}
          value={name}
          onChange={setName}
          error={failure?.of('name')}
        />
        <SelectField
          label={t.apiKeys.scopes}
          help={scopesFor(purpose, me.permissions)?.join(', ') ?? t.apiKeys.everythingHelp}
          value={purpose}
          onChange={(value) => setPurpose(value as Purpose)}
          options={purposes.map((value) => ({ value, label: t.apiKeys.purposes[value] }))}
          error={failure?.of('scopes')}
        />
        <SelectField
          label={t.apiKeys.expires}
          value={days}
          onChange={setDays}
          options={[
            ...LIFETIMES_DAYS.map((value) => ({ value, label: t.apiKeys.days(Number(value)) })),
            { value: '', label: t.apiKeys.never },
          ]}
        />
        {failure && (
          <p className="fault" role="alert">
            {failure.status === 0 ? t.common.serverAway : failure.message}
          </p>
        )}
      </form>
    </Dialog>
  );
}
