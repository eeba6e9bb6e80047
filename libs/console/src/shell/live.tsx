import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { createContext, use, useEffect, useState, type ReactNode } from 'react';
import type { ServerEvent } from '../api/event-parser';
import { followEvents } from '../api/event-stream';
import { jobQuery } from '../api/queries';
import type { Job } from '../api/types';
import { useToasts } from '../ui/toasts';

/** Lists are read anew at most this often, however much happens. */
const REFRESH_MS = 2_000;

const Context = createContext(false);

/** Whether what is shown follows the server as it happens. */
export function useIsLive(): boolean {
  return use(Context);
}

/** Keeps what is shown up to date with the server's event stream. */
export function LiveUpdates({ children }: { readonly children: ReactNode }) {
  const client = useQueryClient();
  const { warn } = useToasts();
  const [isLive, setLive] = useState(false);
  useEffect(() => {
    const stop = new AbortController();
    const refresh = refresher(client);
    let hasBeenLive = false;
    void followEvents('/api/events/stream', {
      signal: stop.signal,
      onEvent: (event) => {
        take(event, client, refresh.soon);
        const { message } = event.data as { readonly message?: string };
        if (event.event === 'notification' && message !== undefined) warn(message);
      },
      onConnected: (isConnected) => {
        // What happened before the first event of a new line was told to nobody.
        if (isConnected && hasBeenLive) refresh.soon(['jobs']);
        hasBeenLive ||= isConnected;
        setLive(isConnected);
      },
    });
    return () => {
      stop.abort();
      refresh.stop();
    };
  }, [client, warn]);
  return <Context value={isLive}>{children}</Context>;
}

type Key = readonly string[];
type Upload = NonNullable<Job['upload_progress']>;

function take({ event, data }: ServerEvent, client: QueryClient, refreshSoon: (key: Key) => void): void {
  const { job_id: jobId, job } = data as { readonly job_id?: string; readonly job?: Job };
  if (jobId === undefined) return;
  if (event === 'cloud_job_update' && job) put(jobId, () => job, client);
  if (event === 'upload_progress') put(jobId, (known) => ({ ...known, upload_progress: data as Upload }), client);
  if (event === 'job_status_changed') {
    for (const key of [['jobs', 'list'], ['jobs', 'statistics'], ['jobs', 'one', jobId], ['estimate'], ['cost-limits']])
      refreshSoon(key);
  }
  if (event === 'upload_progress' || event === 'job_status_changed') refreshSoon(['jobs', 'objects', jobId]);
  refreshSoon(['jobs', 'timeline', jobId]);
}

/** Shows what an event tells at once, wherever the job is shown. */
function put(jobId: string, change: (known: Job) => Job, client: QueryClient): void {
  client.setQueryData(jobQuery(jobId).queryKey, (known) => known && change(known));
  client.setQueriesData<{ jobs: Job[] }>(
    { queryKey: ['jobs', 'list'] },
    (page) => page && { ...page, jobs: page.jobs.map((one) => (one.job_id === jobId ? change(one) : one)) },
  );
}

/** Reads anew what is shown: at once, and then once for all that came while it had to wait. */
function refresher(client: QueryClient) {
  const waiting = new Map<string, ReturnType<typeof setTimeout> | undefined>();
  const again = new Set<string>();
  const run = (key: Key) => {
    const name = key.join('/');
    void client.invalidateQueries({ queryKey: key });
    waiting.set(
      name,
      setTimeout(() => {
        waiting.delete(name);
        if (again.delete(name)) run(key);
      }, REFRESH_MS),
    );
  };
  return {
    soon: (key: Key) => {
      const name = key.join('/');
      if (waiting.has(name)) again.add(name);
      else run(key);
    },
    stop: () => waiting.forEach((timer) => clearTimeout(timer)),
  };
}
