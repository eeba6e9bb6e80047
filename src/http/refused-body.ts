import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '#libs/clock';

/** How long, and how much, a sender whose body was refused may go on sending, so that it comes to read the answer. */
const REFUSED_BODY_MS = 10_000;
const REFUSED_BODY_BYTES_MAX = 16_777_216;

/**
 * Drops what still comes of a body that was refused, for a while; then the connection is closed. Many senders read no answer
 * before they have sent everything: one that is closed at once, or read no further, gets none (RFC 9112 §9.6).
 */
export function drainRefusedBody(request: IncomingMessage, response: ServerResponse, clock: Clock): void {
  if (request.complete || request.destroyed) return;
  let bytes = 0;
  const close = (): void => void request.socket.destroy();
  const late = clock.after(REFUSED_BODY_MS, close);
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > REFUSED_BODY_BYTES_MAX) close();
  });
  request.resume();
  request.once('close', () => late.stop());
  request.once('end', () => late.stop());
  response.once('error', close);
}
