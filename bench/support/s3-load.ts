import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { signRequest } from '#libs/s3';
import { LeanConnection } from './lean-connection.js';

/** Where a load goes to, and with which key it is signed (none: unsigned). */
export interface S3Target {
  readonly origin: string;
  /** Path before the key, e.g. `/bench/`. */
  readonly prefix: string;
  readonly query?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

const EMPTY_SHA256 = createHash('sha256').update('').digest('hex');

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

/** Sends signed requests over kept connections, at as little cost to this process as it takes. */
export class S3Load {
  private readonly idle: LeanConnection[] = [];
  private readonly all: LeanConnection[] = [];

  constructor(private readonly target: S3Target) {}

  async put(key: string, body: Body): Promise<void> {
    await this.call('PUT', key, body.sha256, body.bytes, body.blocks);
  }

  /** Resolves to how many bytes came. */
  get(key: string): Promise<number> {
    return this.call('GET', key, EMPTY_SHA256, 0, []);
  }

  close(): void {
    for (const connection of this.all) connection.close();
  }

  private async call(method: string, key: string, sha256: string, bytes: number, blocks: Buffer[]): Promise<number> {
    const { prefix, query = '', origin, credentials } = this.target;
    const { host } = new URL(origin);
    const rawPath = `${prefix}${key}`;
    const own = { host, ...(method === 'PUT' && { 'content-length': String(bytes) }) };
    const headers = credentials
      ? signRequest(
          { method, rawPath, rawQuery: query, headers: own, payloadHash: sha256 },
          { ...credentials, region: 'us-east-1' },
          Date.now(),
        )
      : own;
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `${method} ${rawPath}${query && `?${query}`} HTTP/1.1\r\n${lines.join('')}\r\n`;
    const connection = this.takeIdle() ?? (await this.connect());
    const answer = await connection.exchange(head, blocks);
    this.idle.push(connection);
    if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.text}`);
    return answer.bytes;
  }

  private takeIdle(): LeanConnection | undefined {
    for (let connection = this.idle.pop(); connection; connection = this.idle.pop()) {
      if (connection.isOpen) return connection;
    }
    return undefined;
  }

  private async connect(): Promise<LeanConnection> {
    const { hostname, port } = new URL(this.target.origin);
    const connection = new LeanConnection(hostname, Number(port));
    this.all.push(connection);
    await once(connection.socket, 'connect');
    return connection;
  }
}

/** Resident memory of a process, in MiB. */
export function residentMib(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? NaN) / 1024;
}
