import { spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { endChild } from './end-child.js';
import { freePort, requireBinary } from './servers.js';

const START_TIMEOUT_MS = 10_000;

/** nginx with the very configuration that the repository gives operators, in front of servers of this machine. */
export class Balancer {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    readonly ops: string,
    /** Where the public listeners are reached. */
    readonly publicOrigin: string,
  ) {}

  /** @param servers the origins of both listeners of each server, in the place of app-1, app-2 … */
  static async start(servers: readonly { readonly ops: string; readonly public: string }[]): Promise<Balancer> {
    const folder = mkdtempSync(join(tmpdir(), 'balancer-'));
    mkdirSync(join(folder, 'temporary'), { mode: 0o777 });
    const [ops, open] = [await freePort(), await freePort()];
    const file = join(folder, 'nginx.conf');
    writeFileSync(file, configuration(folder, servers, { ops, open }));
    const child = spawn(requireBinary('nginx', 'nginx'), ['-c', file, '-p', folder], { stdio: 'inherit' });
    await listening(open);
    return new Balancer(child, folder, `http://127.0.0.1:${ops}`, `http://127.0.0.1:${open}`);
  }

  async stop(): Promise<void> {
    await endChild(this.child, 'SIGTERM');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function configuration(
  folder: string,
  servers: readonly { readonly ops: string; readonly public: string }[],
  ports: { readonly ops: number; readonly open: number },
): string {
  let text = readFileSync('ops/nginx/nginx.conf', 'utf8');
  servers.forEach((server, index) => {
    text = text
      .replace(`app-${index + 1}:8001`, new URL(server.public).host)
      .replace(`app-${index + 1}:8080`, new URL(server.ops).host);
  });
  text = text
    .replace('listen 8001;', `listen 127.0.0.1:${ports.open};`)
    .replace('listen 8080;', `listen 127.0.0.1:${ports.ops};`);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (kind) => `${kind}_temp_path ${folder}/temporary/${kind};`,
  );
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  return `daemon off; pid ${folder}/pid; error_log ${folder}/error.log; ${user}\n${text.replace('http {', `http { access_log off; ${temporary.join(' ')}`)}`;
}

async function listening(port: number): Promise<void> {
  for (let waitedMs = 0; !(await answers(port)); waitedMs += 50) {
    if (waitedMs > START_TIMEOUT_MS) throw new Error('nginx did not start');
    await pause(50);
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
