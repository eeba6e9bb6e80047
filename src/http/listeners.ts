import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { Clock, type Stoppable } from '#libs/clock';
import { getLogger } from '#libs/log';
import { Lifecycle } from '#libs/worker';
import { Config, StartError } from '../config/index.js';
import { Pipeline } from './pipeline.js';
import type { ListenerName } from './request-context.js';

/** Load balancers keep idle connections for 60 s; closing earlier than they do gives stray 502s. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** Must exceed the keep-alive time, or a slow next request on a kept connection is cut off. */
const HEADERS_TIMEOUT_MS = 70_000;
/** Node drops the headers beyond a count, and with them what a proxy has added at the end; their size is limited in any case. */
const HEADERS_MAX = 0;
const CERTIFICATE_CHECK_INTERVAL_MS = 5_000;

const log = getLogger('http');

/** The addresses at which the server listens: the ops listener, and the public one unless it is off. */
@Injectable()
export class Listeners {
  private readonly servers = new Map<ListenerName, Server | TlsServer>();
  private certificateCheck: Stoppable | undefined;
  private expiryMs: number | undefined;

  constructor(
    private readonly config: Config,
    private readonly adapterHost: HttpAdapterHost,
    private readonly lifecycle: Lifecycle,
    private readonly clock: Clock,
  ) {}

  /** @throws Error naming the address and the setting when a port is taken or not allowed. */
  async start(): Promise<void> {
    const { host, port, publicHost, publicPort } = this.config.settings;
    await this.listen('ops', createServer(), host, port, 'SIMPLETUNER_PORT');
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
    return this.expiryMs;
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
      Pipeline.receive(request, name);
      handle(request, response);
    };
    server.on('request', receive);
    // Without this Node would ask for the body before anyone has judged the request.
    server.on('checkContinue', receive);
    // And it would answer an unknown expectation by itself, without ids and security headers.
    server.on('checkExpectation', receive);
    server.maxHeadersCount = HEADERS_MAX;
    server.requestTimeout = 0;
    server.keepAliveTimeout = KEEP_ALIVE_TIMEOUT_MS;
    server.headersTimeout = HEADERS_TIMEOUT_MS;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        reject(new StartError(listenProblem(error, host, port, setting))),
      );
      server.listen(port, host, resolve);
    });
    this.servers.set(name, server);
  }

  private createPublicServer(): Server | TlsServer {
    const { sslCert, sslKey } = this.config.settings;
    if (sslCert === '') return createServer();
    const read = () => ({ cert: readFileSync(sslCert), key: readFileSync(sslKey), minVersion: 'TLSv1.2' as const });
    const server = firstTlsServer(read, sslCert);
    this.expiryMs = expiryOf(sslCert);
    let seen = certificateVersion(sslCert, sslKey);
    this.certificateCheck = this.clock.every(CERTIFICATE_CHECK_INTERVAL_MS, () => {
      const current = certificateVersion(sslCert, sslKey);
      if (current === seen) return;
      try {
        server.setSecureContext(read());
        seen = current;
        this.expiryMs = expiryOf(sslCert);
        log.info('TLS certificate reloaded');
      } catch (error) {
        log.error('The renewed TLS certificate cannot be used; the former one stays', { error });
      }
    });
    return server;
  }
}

/** @throws StartError naming the settings when the certificate or its key cannot be used. */
function firstTlsServer(read: () => SecureContextOptions, certificate: string): TlsServer {
  try {
    return createTlsServer(read());
  } catch (error) {
    const { code = 'error' } = error as NodeJS.ErrnoException;
    throw new StartError(
      `The certificate ${certificate} and its key cannot be used (${code}): check SIMPLETUNER_SSL_CERT and SIMPLETUNER_SSL_KEY`,
      { cause: error },
    );
  }
}

/** Of the first certificate of the chain, the server's own. */
function expiryOf(certificate: string): number {
  return Date.parse(new X509Certificate(readFileSync(certificate)).validTo);
}

function close(server: Server | TlsServer): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}

function certificateVersion(...files: string[]): string {
  return files.map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0).join();
}

function listenProblem(error: NodeJS.ErrnoException, host: string, port: number, setting: string): string {
  if (error.code === 'EADDRINUSE') {
    return `Port ${port} on ${host} is taken by another program (perhaps this server runs already): stop it, or choose another port with ${setting}`;
  }
  if (error.code === 'EACCES')
    return `Port ${port} may not be opened by this user: choose one above 1023 with ${setting}`;
  return `${host}:${port} (${setting}) cannot be opened: ${error.message}`;
}
