import { request, type IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { credentialsOf, portOf } from './url-parts.js';

/** The value of Proxy-Authorization (RFC 7617) for a proxy URL, or undefined when it holds no credentials. */
export function proxyAuthorization(proxy: URL): string | undefined {
  if (proxy.username === '' && proxy.password === '') return undefined;
  const { user, password } = credentialsOf(proxy);
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

/**
 * Asks the proxy at the other end of `line` for a tunnel to the destination (RFC 9110, 9.3.6); afterwards `line` leads there.
 * Rejects with the code `PROXY_<status>` when the proxy refuses.
 */
export function openTunnel(
  line: Socket,
  destination: URL,
  authorization: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  const path = `${destination.hostname}:${portOf(destination)}`;
  const asked = request({
    method: 'CONNECT',
    path,
    headers: { Host: path, ...(authorization !== undefined && { 'Proxy-Authorization': authorization }) },
    createConnection: () => line,
    signal,
  });
  return new Promise((resolve, reject) => {
    asked.once('connect', (answer: IncomingMessage, _line, head: Buffer) => {
      const status = answer.statusCode ?? 0;
      if (status >= 200 && status <= 299) {
        if (head.length > 0) line.unshift(head);
        resolve();
        return;
      }
      line.destroy();
      reject(Object.assign(new Error(`The proxy answered ${status}`), { code: `PROXY_${status}` }));
    });
    asked.once('error', reject);
    asked.end();
  });
}
