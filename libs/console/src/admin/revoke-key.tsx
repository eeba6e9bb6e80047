import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answered, api } from '../api/client';
import { asFailure } from '../api/failure';
import type { ApiKey } from '../api/types';
import { useTexts } from '../language/language';
import { Button } from '../ui/button';
import { Confirm } from '../ui/confirm';
import { useToasts } from '../ui/toasts';

/** Ends a key, after asking. */
export function RevokeKey({ apiKey: { id, name } }: { readonly apiKey: ApiKey }) {
  const t = useTexts();
  const client = useQueryClient();
  const { say } = useToasts();
  const [isAsking, ask] = useState(false);
  const revoke = useMutation({
    mutationFn: () => answered(api.DELETE('/api/auth/api-keys/{id}', { params: { path: { id } } })),
    onSuccess: () => {
      ask(false);
      say(t.apiKeys.revoked(name));
      void client.invalidateQueries({ queryKey: ['api-keys'] });
    },
  });
  return (
    <>
      <Button onClick={() => ask(true)} aria-label={t.apiKeys.revokeOne(name)}>
        {t.apiKeys.revoke}
      </Button>
      {isAsking && (
        <Confirm
          title={t.apiKeys.revokeQuestion}
          action={t.apiKeys.revoke}
          isDangerous
          isBusy={revoke.isPending}
          error={revoke.error ? asFailure(revoke.error).message : undefined}
          onConfirm={() => revoke.mutate()}
          onCancel={() => ask(false)}
        >
          <p>{t.apiKeys.revokeText(name)}</p>
        </Confirm>
      )}
    </>
  );
}
