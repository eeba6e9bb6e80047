import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, request as send, type IncomingMessage } from 'node:http';
import { signRequest } from '#libs/s3';

/** Where a load goes to, and with which key it is signed (none: unsigned). */
export interface S3Target {
  readonly origin: string;
  /** Path before the key, e.g. `/bench/`. */
  readonly prefix: string;
  readonly query?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** A body that costs the client nothing: one block, hashed beforehand, sent as often as it takes. */
export class Body {
  private readonly block: Buffer;
  readonly sha256: string;

  constructor(
    readonly bytes: number,
    blockBytes = Math.min(bytes, 16 * 1024 * 1024),
  ) {
    this.block = randomBytes(blockBytes);
    const hash = createHash('sha256');
    for (let sent = 0; sent < bytes; sent += blockBytes) hash.update(this.block);
    this.sha256 = hash.digest('hex');
  }

  get blocks(): Buffer[] {
    return Array.from({ length: this.bytes / this.block.length }, () => this.block);
  }
}

export class S3Load {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 64 });

  constructor(private readonly target: S3Target) {}

  async put(key: string, body: Body): Promise<void> {
    const response = await this.call('PUT', key, body.sha256, body.bytes, body.blocks);
    await drain(response);
  }

  /** Resolves to how many bytes came. */
  async get(key: string): Promise<number> {
    const empty = createHash('sha256').update('').digest('hex');
    return drain(await this.call('GET', key, empty, 0, []));
  }

  close(): void {
    this.agent.destroy();
  }

  private call(method: string, key: string, sha256: string, bytes: number, blocks: Buffer[]): Promise<IncomingMessage> {
    const { origin, prefix, query = '', credentials } = this.target;
    const { hostname, port, host } = new URL(origin);
    const rawPath = `${prefix}${key}`;
    const own = { host, ...(method === 'PUT' && { 'content-length': String(bytes) }) };
    const headers = credentials
      ? signRequest(
          { method, rawPath, rawQuery: query, headers: own, payloadHash: sha256 },
          { ...credentials, region: 'us-east-1' },
          Date.now(),
        )
      : own;
    const path = query === '' ? rawPath : `${rawPath}?${query}`;
    return new Promise((resolve, reject) => {
      const request = send({ hostname, port, path, method, headers, agent: this.agent }, resolve);
      request.on('error', reject);
      void feed(request, blocks);
    });
  }
}

async function feed(request: ReturnType<typeof send>, blocks: readonly Buffer[]): Promise<void> {
  for (const block of blocks) {
    if (!request.write(block)) await new Promise((resolve) => request.once('drain', resolve));
  }
  request.end();
}

async function drain(response: IncomingMessage): Promise<number> {
  let bytes = 0;
  const pieces: Buffer[] = [];
  for await (const piece of response as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (response.statusCode !== 200) pieces.push(piece);
  }
  if (response.statusCode !== 200) throw new Error(`${response.statusCode}: ${Buffer.concat(pieces).toString()}`);
  return bytes;
}

/** Resident memory of a process, in MiB. */
export function residentMib(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? NaN) / 1024;
}
