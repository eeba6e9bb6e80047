import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, request as requestTls } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { inspectedIdentity } from './tls-identities.js';

export interface InspectingProxy {
  readonly url: string;
  /** Paths that it has read inside of what clients took for an encrypted line to the server. */
  readonly seen: readonly string[];
  close(): void;
}

/**
 * A proxy as companies have it: it answers CONNECT, ends TLS itself with a certificate of its own authority, reads every request
 * and sends it on over TLS of its own.
 */
export async function startInspectingProxy(): Promise<InspectingProxy> {
  const seen: string[] = [];
  const targets = new WeakMap<object, URL>();
  const inside = createTlsServer(inspectedIdentity, (request, response) => {
    seen.push(request.url ?? '');
    const target = targets.get(request.socket);
    if (target) forward(request, response, target);
    else response.writeHead(502).end();
  });
  let next: URL | undefined;
  inside.on('secureConnection', (socket) => {
    if (next) targets.set(socket, next);
  });
  const outside = createServer().on('connect', (request, socket: Socket) => {
    next = new URL(`https://${request.url}`);
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
    inside.emit('connection', socket);
  });
  outside.listen(0, '127.0.0.1');
  await once(outside, 'listening');
  return {
    url: `http://127.0.0.1:${(outside.address() as AddressInfo).port}`,
    seen,
    close: () => {
      inside.closeAllConnections();
      outside.closeAllConnections();
      outside.close();
    },
  };
}

function forward(request: IncomingMessage, response: ServerResponse, target: URL): void {
  const { method, headers, url } = request;
  const { hostname, port } = target;
  // It trusts the server behind it as its operator told it to; the test is about the other side.
  const onward = requestTls({ hostname, port, path: url, method, headers, rejectUnauthorized: false }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.writeHead(502).end());
  request.pipe(onward);
}
