import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, api } from '../api/client';
import { asFailure } from '../api/failure';
import { useTexts } from '../language/language';
import { useSession } from '../session/session';
import { Badge } from '../ui/badge';
import { Button } from '../ui/button';
import { TextField } from '../ui/field';
import { Panel } from '../ui/page';
import { Loaded } from '../ui/states';

/** Providers that run here need no token. */
const WITHOUT_TOKEN = new Set(['process']);

/** Whether jobs could go to the provider now, and its API token, which is never shown. */
export function Token({ provider }: { readonly provider: string }) {
  const t = useTexts();
  const client = useQueryClient();
  const { may } = useSession();
  const [token, setToken] = useState('');
  const params = { path: { provider } };
  const validation = useQuery({
    queryKey: ['validation', provider],
    queryFn: ({ signal }) => answered(api.GET('/api/cloud/providers/{provider}/validate', { params, signal })),
  });
  const onSuccess = () => {
    setToken('');
    for (const key of ['validation', 'providers', 'secrets', 'settings'])
      void client.invalidateQueries({ queryKey: [key] });
  };
  const set = useMutation({
    mutationFn: () => answered(api.PUT('/api/cloud/providers/{provider}/token', { params, body: { token } })),
    onSuccess,
  });
  const remove = useMutation({
    mutationFn: () => answered(api.DELETE('/api/cloud/providers/{provider}/token', { params })),
    onSuccess,
  });
  const answer = set.data ?? remove.data;
  const failed = set.error ?? remove.error;
  return (
    <Panel title={t.token.title}>
      <div className="stack">
        <Loaded query={validation} lines={1}>
          {({ valid, message }) => (
            <div className="job-line">
              <Badge tone={valid ? 'good' : 'warn'}>{valid ? t.token.ready : t.token.notReady}</Badge>
              <span>{message}</span>
            </div>
          )}
        </Loaded>
        {!WITHOUT_TOKEN.has(provider) && may('admin.secrets') && (
          <form
            className="token"
            onSubmit={(event) => {
              event.preventDefault();
              remove.reset();
              set.mutate();
            }}
          >
            <TextField
              label={t.token.label}
              help={answer?.message ?? t.token.help}
              type="password"
              isCode
              value={token}
              onChange={setToken}
              error={failed ? asFailure(failed).message : undefined}
            />
            <div className="actions">
              <Button type="submit" isBusy={set.isPending} disabled={token.trim() === ''}>
                {t.token.save}
              </Button>
              <Button
                kind="quiet"
                isBusy={remove.isPending}
                onClick={() => {
                  set.reset();
                  remove.mutate();
                }}
              >
                {t.token.remove}
              </Button>
            </div>
          </form>
        )}
      </div>
    </Panel>
  );
}
