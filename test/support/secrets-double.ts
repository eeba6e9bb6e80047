import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface DoubleRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface DoubleAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object;
}

/** A stand-in for a service on the network, which can be slow, and really away: nobody listens on its port then. */
export abstract class ServiceDouble {
  /** Every request that came, answered or not. */
  readonly requests: DoubleRequest[] = [];
  private readonly waiting: (() => void)[] = [];
  private isSlow = false;
  private server: Server | undefined;
  private port = 0;

  abstract answer(request: DoubleRequest): DoubleAnswer;

  async listen(): Promise<this> {
    this.server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const received = { method, path: url, headers, body: Buffer.concat(chunks).toString('utf8') };
        this.requests.push(received);
        const reply = (): void => {
          const { status, headers: more, body } = this.answer(received);
          response.writeHead(status, { 'Content-Type': 'application/json', ...more }).end(JSON.stringify(body));
        };
        if (this.isSlow) this.waiting.push(reply);
        else reply();
      });
    });
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** From now on requests are taken and not answered, until `hurry`. */
  stall(): void {
    this.isSlow = true;
  }

  hurry(): void {
    this.isSlow = false;
    for (const reply of this.waiting.splice(0)) reply();
  }

  /** As when the machine is switched off; `listen` switches it on again, at the same port. */
  async goAway(): Promise<void> {
    const { server } = this;
    if (!server) return;
    this.server = undefined;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
}
