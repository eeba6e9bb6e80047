import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface S3rver {
  run(): Promise<{ port: number }>;
  close(): Promise<void>;
}
type S3rverClass = new (options: object) => S3rver;

/** s3rver, another S3 server, with an empty bucket. */
export async function startS3rver(): Promise<{
  readonly endpoint: string;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly stop: () => Promise<void>;
}> {
  const S3rver = createRequire(import.meta.url)('s3rver') as S3rverClass;
  const directory = mkdtempSync(join(tmpdir(), 's3rver-'));
  const bucket = 'backing';
  const address = '127.0.0.1';
  const server = new S3rver({ port: 0, address, silent: true, directory, configureBuckets: [{ name: bucket }] });
  const { port } = await server.run();
  const stop = async (): Promise<void> => {
    await server.close();
    rmSync(directory, { recursive: true, force: true });
  };
  return { endpoint: `http://${address}:${port}`, bucket, accessKeyId: 'S3RVER', secretAccessKey: 'S3RVER', stop };
}
