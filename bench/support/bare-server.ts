import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A peer in a process of its own. */
export interface Peer {
  readonly origin: string;
  readonly pid: number;
  stop(): void;
}

/** What anybody would write first: pipes a PUT to a file while hashing it, pipes a file to a GET. `?hash=md5,sha256`. */
const BARE = `
  const { createServer } = require('node:http');
  const { createHash } = require('node:crypto');
  const { createReadStream, createWriteStream, statSync } = require('node:fs');
  const { join } = require('node:path');
  const root = process.argv[1];
  const server = createServer((request, response) => {
    const url = new URL(request.url, 'http://x');
    const file = join(root, url.pathname.slice(1).replaceAll('/', '_'));
    if (request.method === 'GET') {
      response.setHeader('Content-Length', statSync(file).size);
      createReadStream(file).pipe(response);
      return;
    }
    const hashes = (url.searchParams.get('hash') ?? 'md5').split(',').map((name) => createHash(name));
    request.on('data', (chunk) => { for (const hash of hashes) hash.update(chunk); });
    request.pipe(createWriteStream(file)).on('finish', () => response.end(hashes.map((hash) => hash.digest('hex')).join()));
  });
  server.requestTimeout = 0;
  server.listen(0, '127.0.0.1', () => console.log(server.address().port));`;

const S3RVER = `
  const S3rver = require(process.argv[2]);
  new S3rver({ port: 0, address: '127.0.0.1', silent: true, directory: process.argv[1], configureBuckets: [{ name: 'bench' }] })
    .run((error, address) => console.log(address.port));`;

/** The bare Node server, on the disk that the server under test uses too. */
export function startBare(): Promise<Peer> {
  return start(BARE, []);
}

/** s3rver, with its bucket \`bench\`; its credentials are S3RVER / S3RVER. */
export function startS3rver(): Promise<Peer> {
  return start(S3RVER, [createRequire(import.meta.url).resolve('s3rver')]);
}

async function start(program: string, more: readonly string[]): Promise<Peer> {
  const root = mkdtempSync(join(tmpdir(), 'bench-peer-'));
  const child: ChildProcess = spawn(process.execPath, ['-e', program, root, ...more], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
  return {
    origin: `http://127.0.0.1:${line.toString().trim()}`,
    pid: child.pid ?? 0,
    stop: () => {
      child.kill('SIGKILL');
      rmSync(root, { recursive: true, force: true });
    },
  };
}
