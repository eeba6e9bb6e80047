import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { endChild } from '../../support/end-child.js';
import { requireBinary } from '../../support/servers/binaries.js';

/** nginx as people put it in front: TLS ends there, the server lies below a path, bodies end at 100 MB. */
export class TlsProxy {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    readonly caFile: string,
  ) {}

  static async start(port: number, path: string, backend: string): Promise<TlsProxy> {
    const folder = mkdtempSync(join(tmpdir(), 'tls-proxy-'));
    const caFile = join(folder, 'certificate.pem');
    const key = join(folder, 'key.pem');
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', caFile];
    execFileSync(requireBinary('openssl', 'openssl'), [...request, ...subject], { stdio: 'ignore' });
    mkdirSync(join(folder, 'bodies'), { mode: 0o777 });
    const config = join(folder, 'nginx.conf');
    writeFileSync(
      config,
      `daemon off; pid ${folder}/pid; error_log ${folder}/error.log; ${process.getuid?.() === 0 ? 'user root;' : ''}
       events {}
       http {
         access_log off; client_body_temp_path ${folder}/bodies; proxy_temp_path ${folder}/proxied;
         server {
           listen 127.0.0.1:${port} ssl; ssl_certificate ${caFile}; ssl_certificate_key ${key};
           client_max_body_size 100m;
           location ${path}/ {
             proxy_pass ${backend}/; proxy_http_version 1.1; proxy_set_header Host $http_host;
             proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto https;
           }
         }
       }`,
    );
    const child = spawn(requireBinary('nginx', 'nginx'), ['-c', config, '-p', folder], { stdio: 'inherit' });
    for (let tries = 1; !(await isListening(port)); tries += 1) {
      if (tries > 100) throw new Error('nginx did not start');
      await pause(50);
    }
    return new TlsProxy(child, folder, caFile);
  }

  async stop(): Promise<void> {
    await endChild(this.child, 'SIGTERM');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
