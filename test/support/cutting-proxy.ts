import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';

/** A way to a server that breaks off: it cuts connections after so many bytes of answers, or of requests. */
export class CuttingProxy {
  /** Connections that were cut so far. */
  cuts = 0;
  /** Connections that were made to it so far. */
  connections = 0;
  /** The requests that went through, as `GET /path?query`, with what `Range` says behind it. */
  readonly requests: string[] = [];
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: Server,
    private readonly limits: { answerBytesMax: number; requestBytesMax: number; cutsMax: number },
  ) {}

  /** `cutsMax`: connections that are cut before all others are left alone. */
  static async start(
    target: string,
    limits: { answerBytesMax?: number; requestBytesMax?: number; cutsMax: number },
  ): Promise<CuttingProxy> {
    const server = createServer();
    const most = Number.MAX_SAFE_INTEGER;
    const proxy = new CuttingProxy(server, { answerBytesMax: most, requestBytesMax: most, ...limits });
    const { hostname, port } = new URL(target);
    server.on('connection', (near) => {
      proxy.connections += 1;
      proxy.join(near, connect(Number(port), hostname));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }

  private join(near: Socket, far: Socket): void {
    const { answerBytesMax, requestBytesMax } = this.limits;
    for (const [from, to, bytesMax] of [
      [far, near, answerBytesMax],
      [near, far, requestBytesMax],
    ] as const) {
      let bytes = 0;
      this.sockets.add(from);
      from.on('error', () => undefined);
      from.on('close', () => {
        this.sockets.delete(from);
        to.destroy();
      });
      from.on('data', (chunk) => {
        if (from === near) this.note(chunk);
        bytes += chunk.length;
        if (bytes > bytesMax && this.cuts < this.limits.cutsMax) {
          this.cuts += 1;
          near.destroy();
          far.destroy();
        } else if (!to.write(chunk)) {
          from.pause();
          to.once('drain', () => from.resume());
        }
      });
    }
  }
  /** Clients send the head of a request in one piece, and nothing before it. */
  private note(chunk: Buffer): void {
    const [head = ''] = chunk.toString('latin1').split('\r\n\r\n', 1);
    const [, request] = /^((?:GET|HEAD|PUT|POST|DELETE) \S+) HTTP\/1\.1\r\n/.exec(head) ?? [];
    const [, range] = /\r\nrange: *([^\r]+)/i.exec(head) ?? [];
    if (request !== undefined) this.requests.push(range === undefined ? request : `${request} ${range}`);
  }
}
