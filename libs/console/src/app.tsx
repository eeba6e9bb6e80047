import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useState } from 'react';
import { asFailure } from './api/failure';
import { meQuery } from './api/queries';
import { LanguageProvider } from './language/language';
import { router } from './router';
import { SessionGate } from './session/session';
import { ToastProvider } from './ui/toasts';

const RETRIES_MAX = 2;

export function App() {
  const [client] = useState(createQueryClient);
  return (
    <LanguageProvider>
      <QueryClientProvider client={client}>
        <ToastProvider>
          <SessionGate>
            <RouterProvider router={router} />
          </SessionGate>
        </ToastProvider>
      </QueryClientProvider>
    </LanguageProvider>
  );
}

function createQueryClient(): QueryClient {
  // A key may end at any time: whoever is refused is asked who he is.
  const onError = (error: Error, key?: unknown) => {
    if (asFailure(error).status === 401 && key !== meQuery.queryKey[0]) void client.resetQueries(meQuery);
  };
  const client: QueryClient = new QueryClient({
    queryCache: new QueryCache({ onError: (error, query) => onError(error, query.queryKey[0]) }),
    mutationCache: new MutationCache({ onError: (error) => onError(error) }),
    defaultOptions: {
      queries: {
        // What the server has refused, it will refuse again; a server that is away comes back.
        retry: (count, error) => {
          const { status } = asFailure(error);
          return count < RETRIES_MAX && (status === 0 || status >= 502);
        },
        staleTime: 1_000,
        refetchOnWindowFocus: true,
      },
    },
  });
  return client;
}
