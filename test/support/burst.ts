import { once } from 'node:events';
import { connect } from 'node:net';

export interface PlainGet {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Sends requests at once: each connection writes its share in one piece, without waiting for answers, so that as many reach the
 * server in a moment whatever a client could do one by one. Returns the statuses.
 */
export async function burst(origin: string, gets: readonly PlainGet[], connections: number): Promise<number[]> {
  const shares = Array.from({ length: connections }, (_, share) =>
    gets.filter((_get, index) => index % connections === share),
  );
  const answers = await Promise.all(shares.map((share) => pipelined(new URL(origin), share)));
  // An answer follows the one before it without a line's end.
  return answers.flatMap((text) => [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status)));
}

async function pipelined({ hostname, port, host }: URL, gets: readonly PlainGet[]): Promise<string> {
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const requests = gets.map(({ path, headers }, index) => {
    const connection = index === gets.length - 1 ? 'close' : 'keep-alive';
    const lines = Object.entries({ Host: host, ...headers, Connection: connection }).map(
      ([name, value]) => `${name}: ${value}`,
    );
    return [`GET ${path} HTTP/1.1`, ...lines, '', ''].join('\r\n');
  });
  socket.write(requests.join(''));
  await once(socket, 'close');
  return text;
}
