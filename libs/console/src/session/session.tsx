import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createContext, use, useMemo, type ReactNode } from 'react';
import { apiKey, forgetApiKey, keepApiKey } from '../api/credentials';
import { asFailure } from '../api/failure';
import { meQuery } from '../api/queries';
import type { Me } from '../api/types';
import { Failed, Loading } from '../ui/states';
import { SignIn } from './sign-in';

interface Session {
  readonly me: Me;
  /** Whether the person may use what needs any of these permissions. */
  readonly may: (...anyOf: readonly string[]) => boolean;
  /** Undefined where there is nothing to sign out of: on the server's own machine. */
  readonly signOut: (() => void) | undefined;
}

const Context = createContext<Session | null>(null);

/** Shows the console to those whom the server knows, and the way in to all others. Accounts will be another way in. */
export function SessionGate({ children }: { readonly children: ReactNode }) {
  const client = useQueryClient();
  const query = useQuery(meQuery);
  const session = useMemo<Session | null>(() => {
    const { data: me } = query;
    if (!me) return null;
    const held = new Set<string>(me.permissions);
    const signOut = () => {
      forgetApiKey();
      // Nothing of what this person has seen is left for the next; then the server is asked anew who that is.
      client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== meQuery.queryKey[0] });
      void client.resetQueries(meQuery);
    };
    return {
      me,
      may: (...anyOf) => anyOf.some((permission) => held.has(permission)),
      signOut: apiKey() === null ? undefined : signOut,
    };
  }, [client, query.data]);

  if (session) return <Context value={session}>{children}</Context>;
  if (query.error && asFailure(query.error).status === 401) {
    return (
      <SignIn
        isWrong={apiKey() !== null}
        isBusy={query.isFetching}
        onKey={(key) => {
          keepApiKey(key);
          void query.refetch();
        }}
      />
    );
  }
  return (
    <main className="alone">
      {query.error ? <Failed error={query.error} onRetry={() => void query.refetch()} /> : <Loading />}
    </main>
  );
}

export function useSession(): Session {
  const session = use(Context);
  if (!session) throw new Error('useSession needs a SessionGate');
  return session;
}
