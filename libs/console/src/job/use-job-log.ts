import { useEffect, useState } from 'react';
import { followEvents } from '../api/event-stream';

/** What of a log is kept here; the whole of it can be downloaded. */
const CHARACTERS_MAX = 1_000_000;

export interface FollowedLog {
  readonly text: string;
  /** Nothing more will come. */
  readonly isOver: boolean;
  readonly isConnected: boolean;
}

const nothing: FollowedLog = { text: '', isOver: false, isConnected: false };

/** The log of a job as it is written. */
export function useJobLog(jobId: string): FollowedLog {
  const [log, setLog] = useState(nothing);
  useEffect(() => {
    const stop = new AbortController();
    setLog(nothing);
    void followEvents(`/api/cloud/jobs/${jobId}/logs/stream`, {
      signal: stop.signal,
      onConnected: (isConnected) =>
        // A new line tells the log from its beginning.
        setLog((known) => (isConnected ? { text: '', isOver: false, isConnected } : { ...known, isConnected })),
      onEvent: ({ event, data }) => {
        if (event === 'end') {
          setLog((known) => ({ ...known, isOver: true }));
          stop.abort();
        }
        if (event !== 'log') return;
        const { text } = data as { readonly text: string };
        setLog((known) => ({ ...known, text: (known.text + text).slice(-CHARACTERS_MAX) }));
      },
    });
    return () => stop.abort();
  }, [jobId]);
  return log;
}
