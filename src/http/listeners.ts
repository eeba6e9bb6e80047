import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { Clock, type Stoppable } from '#libs/clock';
import { getLogger } from '#libs/log';
import { Lifecycle } from '#libs/worker';
import { Config, StartError } from '../config/index.js';
import { creationOptions, limitServer } from './listener-limits.js';
import { Pipeline } from './pipeline.js';
import { PublicCertificate } from './public-certificate.js';
import type { ListenerName } from './request-context.js';
import { answerUnreadable } from './unreadable-request.js';

const log = getLogger('http');

/** The addresses at which the server listens: the ops listener, and the public one unless it is off. */
@Injectable()
export class Listeners {
  private readonly servers = new Map<ListenerName, Server | TlsServer>();
  /** What was asked last on each connection is answered by these. */
  private readonly answers = new WeakMap<Duplex, ServerResponse>();
  private certificateCheck: Stoppable | undefined;

  constructor(
    private readonly config: Config,
    private readonly adapterHost: HttpAdapterHost,
    private readonly pipeline: Pipeline,
    private readonly lifecycle: Lifecycle,
    private readonly clock: Clock,
    private readonly certificate: PublicCertificate,
  ) {}

  /** @throws Error naming the address and the setting when a port is taken or not allowed. */
  async start(): Promise<void> {
    const { host, port, publicHost, publicPort } = this.config.settings;
    await this.listen('ops', createServer(creationOptions()), host, port, 'SIMPLETUNER_PORT');
    if (publicPort === 0) return;
    try {
      await this.listen('public', this.createPublicServer(), publicHost, publicPort, 'SIMPLETUNER_PUBLIC_PORT');
    } catch (error) {
      this.servers.get('ops')?.close();
      throw error;
    }
  }

  /** The origin of a listener as seen from this machine, or undefined when it is off. */
  origin(listener: ListenerName): string | undefined {
    const server = this.servers.get(listener);
    const address = server?.address() as AddressInfo | null | undefined;
    if (!server || !address) return undefined;
    const host = address.address === '::' || address.address === '0.0.0.0' ? '127.0.0.1' : address.address;
    const scheme = 'setSecureContext' in server ? 'https' : 'http';
    return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
  }

  /** When the certificate of the public listener runs out, in milliseconds; undefined without one. */
  get certificateExpiryMs(): number | undefined {
    return this.certificate.status?.expiresAtMs;
  }

  /** Serves on while load balancers learn of the shutdown, then stops accepting and lets requests in flight finish. */
  async stop(): Promise<void> {
    this.lifecycle.beginDraining();
    await this.clock.sleep(this.config.settings.drainMs, this.hurry.signal);
    this.certificateCheck?.stop();
    const cutOff = this.clock.after(this.config.settings.shutdownTimeoutMs, () => {
      log.warning('Shutdown time is over: requests still in flight are cut off');
      for (const server of this.servers.values()) server.closeAllConnections();
    });
    await Promise.all([...this.servers.values()].map(close));
    cutOff.stop();
  }

  /** Ends the wait of `stop` early (a second signal, or a test). */
  readonly hurry = new AbortController();

  private async listen(
    name: ListenerName,
    server: Server | TlsServer,
    host: string,
    port: number,
    setting: string,
  ): Promise<void> {
    const handle = this.adapterHost.httpAdapter.getInstance<RequestListener>();
    const receive: RequestListener = (request, response) => {
      this.answers.set(request.socket, response);
      Pipeline.receive(request, name);
      if (!this.pipeline.servePlain(request, response)) handle(request, response);
    };
    server.on('request', receive);
    // Without this Node would ask for the body before anyone has judged the request.
    server.on('checkContinue', receive);
    // And it would answer an unknown expectation by itself, without ids and security headers.
    server.on('checkExpectation', receive);
    server.on('clientError', (error, socket) => answerUnreadable(error, socket, this.answers.get(socket)));
    limitServer(server);
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        reject(new StartError(listenProblem(error, host, port, setting))),
      );
      server.listen(port, host, resolve);
    });
    this.servers.set(name, server);
  }

  private createPublicServer(): Server | TlsServer {
    const pair = this.certificate.open();
    if (!pair) return createServer(creationOptions());
    const server = createTlsServer({ ...pair, ...creationOptions() });
    this.certificateCheck = this.certificate.watch((renewed) => server.setSecureContext(renewed));
    return server;
  }
}

function close(server: Server | TlsServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

function listenProblem(error: NodeJS.ErrnoException, host: string, port: number, setting: string): string {
  if (error.code === 'EADDRINUSE') {
    return `Port ${port} on ${host} is taken by another program (perhaps this server runs already): stop it, or choose another port with ${setting}`;
  }
  if (error.code === 'EACCES')
    return `Port ${port} may not be opened by this user: choose one above 1023 with ${setting}`;
  return `${host}:${port} (${setting}) cannot be opened: ${error.message}`;
}
