import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { signRequest } from '#libs/s3';
import type { ServerProcess } from './server.js';
import type { StorageJob } from './storage-job.js';

export const STORAGE_PREFIX = '/api/cloud/storage';

export function sha256(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export interface Wish {
  readonly method?: string;
  /** Below the prefix, encoded already. */
  readonly path?: string;
  readonly query?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly payloadHash?: string;
  readonly atMs?: number;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface SignedWish {
  readonly method: string;
  readonly target: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** Requests to the storage endpoint byte by byte: signed as an honest client would, then changed at will. */
export class RawS3 {
  constructor(
    private readonly server: ServerProcess,
    private readonly job: StorageJob,
  ) {}

  /** A signed request as it would go out; tests change it afterwards. */
  signed(wish: Wish): SignedWish {
    const { method = 'PUT', path = `/${this.job.jobId}/attack`, query = '', body = '', headers = {} } = wish;
    const rawPath = `${STORAGE_PREFIX}${path}`;
    const { host } = new URL(this.server.ops);
    const own = { 'content-length': String(Buffer.byteLength(body)), ...headers, host };
    const { accessKeyId, secretAccessKey } = wish.credentials ?? this.job;
    const all = signRequest(
      { method, rawPath, rawQuery: query, headers: own, payloadHash: wish.payloadHash ?? sha256(body) },
      { accessKeyId, secretAccessKey, region: 'us-east-1' },
      wish.atMs ?? Date.now(),
    );
    return { method, target: query === '' ? rawPath : `${rawPath}?${query}`, headers: all, body };
  }

  /** Sends bytes over a socket, exactly as they are, and reads the answer until the server is done with it. */
  exchange(bytes: string | Buffer, waitMs = 15_000): Promise<string> {
    const { hostname, port } = new URL(this.server.ops);
    return new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname, () => socket.write(bytes));
      let answer = '';
      socket.setTimeout(waitMs, () => socket.destroy(new Error(`No answer in ${waitMs} ms; so far: ${answer}`)));
      socket.on('data', (chunk) => {
        answer += chunk.toString('latin1');
        const [head = '', rest] = answer.split('\r\n\r\n', 2);
        const length = /content-length: (\d+)/i.exec(head)?.[1];
        if (rest !== undefined && !head.startsWith('HTTP/1.1 100') && rest.length >= Number(length ?? 0))
          socket.destroy();
      });
      socket.on('error', reject);
      socket.on('close', () => resolve(answer));
    });
  }

  /** The S3 error code of the answer, or the status when there is none. */
  async send(wish: Wish): Promise<string> {
    return codeOf(await this.exchange(wire(this.signed(wish))));
  }
}

export function wire(request: SignedWish): string {
  const lines = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`);
  return `${request.method} ${request.target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${request.body}`;
}

export function codeOf(answer: string): string {
  return /<Code>(\w+)<\/Code>/.exec(answer)?.[1] ?? /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? answer;
}
