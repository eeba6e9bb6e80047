import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import { storageLimits } from '../storage.limits.js';

const log = getLogger('storage');

/** Aborted when the reader of an answer goes away before its end. */
export function readerGone(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once('close', () => controller.abort());
  return controller.signal;
}

/**
 * Sends a JSON document in pieces, no faster than it is read; each piece is a run of whole tokens. While nothing comes, blanks
 * are sent, which JSON allows between tokens. When it cannot be finished the connection breaks, so that nobody takes a part
 * for the whole.
 */
export async function sendJson(
  response: ServerResponse,
  pieces: AsyncIterable<string>,
  clock: Clock,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> {
  response.writeHead(200, {
    'Content-Type': 'application/json; charset=utf-8',
    'Cache-Control': 'no-store',
    ...headers,
  });
  const pulse = clock.every(storageLimits.answerPulseMs, () => {
    if (!response.writableEnded && !response.writableNeedDrain) response.write(' ');
  });
  await sendStream(response, Readable.from(pieces, { objectMode: false }));
  pulse.stop();
}

/** Sends a stream to its end; a reader that goes away is no fault. */
export async function sendStream(response: ServerResponse, stream: NodeJS.ReadableStream): Promise<void> {
  try {
    await pipeline(stream, response);
  } catch (error) {
    if (!isHangUp(error)) log.error('A long answer broke off', { error });
  }
}

function isHangUp(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ERR_STREAM_PREMATURE_CLOSE' || code === 'ECONNRESET' || code === 'EPIPE';
}
