import { fetchRaw } from './client';
import { eventParser, type ServerEvent } from './event-parser';
import { asFailure } from './failure';

const FIRST_WAIT_MS = 500;
const WAIT_MS_MAX = 15_000;
/** The server says something every 15 s; a line that is silent for longer is dead, though nobody has said so. */
const SILENCE_MS_MAX = 45_000;

export interface Following {
  readonly onEvent: (event: ServerEvent) => void;
  /** `true` once connected, `false` when the line is lost; it is then taken up again where it broke. */
  readonly onConnected?: (isConnected: boolean) => void;
  readonly signal: AbortSignal;
}

/**
 * Follows a stream of server-sent events until `signal` says stop or the server says that there is nothing to follow.
 * Not by EventSource, which cannot send the key of a person who signed in with one.
 */
export async function followEvents(path: string, { onEvent, onConnected, signal }: Following): Promise<void> {
  let lastId: string | undefined;
  let waitMs = FIRST_WAIT_MS;
  while (!signal.aborted) {
    try {
      await readStream(path, lastId, signal, {
        onOpen: () => {
          waitMs = FIRST_WAIT_MS;
          onConnected?.(true);
        },
        onEvent: (event) => {
          lastId = event.id ?? lastId;
          onEvent(event);
        },
      });
    } catch (thrown) {
      const { status } = asFailure(thrown);
      if (status >= 400 && status < 500 && status !== 429) return onConnected?.(false);
    }
    onConnected?.(false);
    await pause(waitMs, signal);
    waitMs = Math.min(WAIT_MS_MAX, waitMs * 2);
  }
}

interface Reading {
  readonly onOpen: () => void;
  readonly onEvent: (event: ServerEvent) => void;
}

async function readStream(path: string, lastId: string | undefined, signal: AbortSignal, reading: Reading) {
  const silence = new AbortController();
  let timer = setTimeout(() => silence.abort(), SILENCE_MS_MAX);
  const stillThere = () => {
    clearTimeout(timer);
    timer = setTimeout(() => silence.abort(), SILENCE_MS_MAX);
  };
  try {
    const headers = { Accept: 'text/event-stream', ...(lastId !== undefined && { 'Last-Event-ID': lastId }) };
    const response = await fetchRaw(path, { headers, signal: AbortSignal.any([signal, silence.signal]) });
    if (!response.body) return;
    reading.onOpen();
    const parse = eventParser();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      stillThere();
      for (const event of parse(piece.value)) reading.onEvent(event);
    }
  } finally {
    clearTimeout(timer);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
