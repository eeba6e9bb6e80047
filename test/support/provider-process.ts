import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { endChild } from './end-child.js';

/** A provider that is a process of its own, so that it can be stopped and frozen. */
export class ProviderProcess {
  private child: ChildProcess | undefined;

  constructor(private readonly port: number) {}

  async start(): Promise<void> {
    const script = `require('http').createServer((_, response) => response.setHeader('Content-Type', 'application/json').end('{"username":"acme","type":"user"}')).listen(${this.port}, '127.0.0.1', () => console.log('on'))`;
    this.child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(this.child.stdout!, 'data');
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  async stop(): Promise<void> {
    if (this.child) await endChild(this.child, 'SIGKILL');
  }
}
