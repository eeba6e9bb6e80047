import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, tagged } from '../api/client';
import { ApiFailure, asFailure } from '../api/failure';
import { settingsQuery } from '../api/queries';

export interface SettingSaver {
  /** `""` puts back the default. `isOutdated`: the stored value has changed since the reader began; it is left alone then. */
  readonly save: (value: unknown, isOutdated?: boolean) => void;
  readonly state: 'idle' | 'saving' | 'saved' | 'failed';
  readonly failure: ApiFailure | undefined;
  /** Forgets how the last save went: the reader types again. */
  readonly forget: () => void;
}

/** The settings were changed by somebody else since they were read. */
export const OUTDATED = 412;

/** Saves one setting of a provider as soon as it is changed; never over a change that has not been seen. */
export function useSetting(provider: string, name: string): SettingSaver {
  const client = useQueryClient();
  const { queryKey } = settingsQuery(provider);
  const mutation = useMutation({
    // One after the other: each save carries the tag that the one before it was answered with.
    scope: { id: `settings of ${provider}` },
    mutationFn: async ({ value, isOutdated }: { value: unknown; isOutdated: boolean }) => {
      if (isOutdated) throw new ApiFailure(OUTDATED, 'precondition_failed', '');
      await client.cancelQueries({ queryKey });
      const entityTag = client.getQueryData(queryKey)?.entityTag;
      return tagged(
        api.PUT('/api/cloud/providers/{provider}', {
          params: { path: { provider }, header: entityTag ? { 'If-Match': entityTag } : {} },
          body: { [name]: value },
        }),
      );
    },
    onSuccess: (answer) => {
      client.setQueryData(queryKey, answer);
      for (const key of ['providers', 'hardware', 'estimate', 'validation', 'cost-limits'])
        void client.invalidateQueries({ queryKey: [key] });
    },
    onError: (error) => {
      if (asFailure(error).status === OUTDATED) void client.invalidateQueries({ queryKey });
    },
  });
  const states = { idle: 'idle', pending: 'saving', success: 'saved', error: 'failed' } as const;
  return {
    save: (value, isOutdated = false) => mutation.mutate({ value, isOutdated }),
    state: states[mutation.status],
    failure: mutation.error ? asFailure(mutation.error) : undefined,
    forget: mutation.reset,
  };
}
