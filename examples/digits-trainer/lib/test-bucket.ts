import { createRequire } from 'node:module';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';

/** The part of s3rver (which ships no types) that the specs use; it is a Koa application. */
interface KoaContext {
  query: Record<string, string>;
  request: { length: number };
  req: { socket: { destroy(): void } };
}
interface S3Server {
  middleware: ((context: KoaContext, next: () => Promise<void>) => Promise<void> | void)[];
  run(): Promise<AddressInfo>;
  close(): Promise<void>;
}
const S3rver = createRequire(import.meta.url)('s3rver') as new (options: object) => S3Server;

const CREDENTIALS = { accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER' };

/** A bucket on a real S3 server of somebody else's making, on this machine. */
export class TestBucket {
  readonly name = 'job-1';
  readonly credentials = CREDENTIALS;
  /** Sizes of the parts that came, in the order of their coming. */
  partSizes: number[] = [];
  /** While positive, a request only loses its connection, and this counts down. */
  requestsToLose = 0;
  endpoint = '';
  #folder = '';
  #server: S3Server | undefined;
  #client: S3Client | undefined;

  async start(): Promise<void> {
    this.#folder = await mkdtemp(join(tmpdir(), 'digits-bucket-'));
    const configureBuckets = [{ name: this.name, configs: [] }];
    const options = { port: 0, address: '127.0.0.1', silent: true, directory: this.#folder, configureBuckets };
    this.#server = new S3rver(options);
    this.#server.middleware.unshift((context, next) => {
      if (this.requestsToLose > 0) {
        this.requestsToLose -= 1;
        context.req.socket.destroy();
        return;
      }
      if ('partNumber' in context.query) this.partSizes.push(context.request.length);
      return next();
    });
    const { port } = await this.#server.run();
    this.endpoint = `http://127.0.0.1:${String(port)}`;
    const endpoint = this.endpoint;
    this.#client = new S3Client({ endpoint, region: 'us-east-1', credentials: CREDENTIALS, forcePathStyle: true });
  }

  async download(key: string): Promise<Buffer> {
    const answer = await this.#client?.send(new GetObjectCommand({ Bucket: this.name, Key: key }));
    return Buffer.from((await answer?.Body?.transformToByteArray()) ?? []);
  }

  async stop(): Promise<void> {
    this.#client?.destroy();
    await this.#server?.close();
    await rm(this.#folder, { recursive: true });
  }
}
