import { STATUS_CODES, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { newRandomId } from '#libs/ids';
import { securityHeaders } from './security-headers.js';

type Refusal = readonly [status: number, code: string, detail: string];

const unreadable: Refusal = [400, 'invalid_input', 'This is no HTTP request that can be read.'];
/** Other trouble is that of the connection: one that was reset, or never shook hands, would wait for an answer for good. */
const OF_HTTP = /^(HPE|ERR_HTTP)_/;
/** By what Node calls the trouble. */
const refusals: Readonly<Record<string, Refusal>> = {
  HPE_HEADER_OVERFLOW: [431, 'invalid_input', 'The headers of the request are too large.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'body_too_large', 'The extensions of the chunks of the body are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'request_timeout', 'The headers of the request did not arrive in time.'],
};

/**
 * Answers what Node could not read as a request like every other failure (contract §2), and closes the connection. By itself Node
 * would answer without body, ids and security headers.
 * @param under the answer that was being given on this connection, if any: once its headers are out, nothing can be added.
 */
export function answerUnreadable(
  { code }: NodeJS.ErrnoException,
  socket: Duplex,
  under: ServerResponse | undefined,
): void {
  const isAnswering = under?.headersSent === true && !under.writableFinished;
  if (!OF_HTTP.test(code ?? '') || !socket.writable || isAnswering) return void socket.destroy();
  const [status, error, detail] = refusals[code ?? ''] ?? unreadable;
  const requestId = newRandomId();
  const body = JSON.stringify({ detail, error, request_id: requestId });
  const headers: readonly (readonly [name: string, value: string | number])[] = [
    ['X-Request-ID', requestId],
    ['X-Correlation-ID', requestId],
    ...securityHeaders,
    ['Content-Type', 'application/json; charset=utf-8'],
    ['Content-Length', Buffer.byteLength(body)],
    ['Connection', 'close'],
  ];
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines}\r\n${body}`, () => socket.destroy());
}
