import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext } from 'node:tls';
import { promisify } from 'node:util';
import { ConnectFailure, EGRESS_REFUSED, type Stage } from './connect-failure.js';
import type { EgressGuard, Reach } from './egress-guard.js';
import { openTunnel, proxyAuthorization } from './tunnel.js';
import { hostOf, portOf } from './url-parts.js';

/** Resolves a host name to all of its addresses. */
export type Resolve = (host: string) => Promise<LookupAddress[]>;

/** Told as each stage ends, well or not. */
export interface StageReport {
  readonly stage: Stage;
  /** The server that the stage was about: the proxy or the destination. */
  readonly server: URL;
  readonly isProxy: boolean;
  /** Addresses found, or the one connected to. */
  readonly address?: string;
  readonly failure?: ConnectFailure;
}

/** Everything that decides how a destination is reached. */
export interface Way {
  readonly destination: URL;
  readonly proxy: URL | undefined;
  readonly verifiesCertificates: boolean;
  /** Certificate authorities that count; undefined for those of Node alone. */
  readonly secureContext: SecureContext | undefined;
  readonly guard: EgressGuard;
  /** How far the destination may be; a proxy may always be inside. */
  readonly reach: Reach;
  readonly resolve?: Resolve;
  readonly onStage?: (report: StageReport) => void;
}

const KEEP_ALIVE_MS = 60_000;

const resolveBySystem: Resolve = (host) => promisify(systemLookup)(host, { all: true });

/**
 * A connection over which a request to the destination can be sent, TLS included. A name is resolved once, its addresses are
 * judged, and one of those is connected to and judged again: what DNS says a moment later cannot lead elsewhere.
 * @throws ConnectFailure naming the stage.
 */
export async function connect(way: Way, signal: AbortSignal): Promise<Socket> {
  const { destination, proxy } = way;
  if (!proxy) return connectDirectly(way, signal);
  // The proxy resolves the destination; an address that is written out is judged here.
  judgeLiteral(way);
  const line = await reach(way, proxy, 'inner', signal);
  if (destination.protocol !== 'https:') return line;
  await stage(way, ['proxy_connect', proxy], signal, () =>
    openTunnel(line, destination, proxyAuthorization(proxy), signal),
  );
  return secure(way, line, destination, signal);
}

function connectDirectly(way: Way, signal: AbortSignal): Promise<Socket> {
  return reach(way, way.destination, way.reach, signal);
}

/** TCP and, where its URL says so, TLS to one server. */
async function reach(way: Way, server: URL, howFar: Reach, signal: AbortSignal): Promise<Socket> {
  const host = hostOf(server);
  const judge = (address: string): void => way.guard.check(host, address, howFar);
  const addresses = isIP(host)
    ? [{ address: host, family: isIP(host) }]
    : await stage(way, ['dns', server], signal, async () => {
        const found = await (way.resolve ?? resolveBySystem)(host);
        for (const { address } of found) judge(address);
        return found;
      });
  const line = await stage(way, ['tcp', server], signal, async () => {
    for (const { address } of addresses) judge(address);
    const socket = await opened(server, addresses, signal);
    try {
      judge(socket.remoteAddress ?? '');
    } catch (error) {
      socket.destroy();
      throw error;
    }
    return socket;
  });
  return server.protocol === 'https:' ? secure(way, line, server, signal) : line;
}

/** @throws ConnectFailure for an address that is written out and may not be connected to. */
function judgeLiteral({ destination, guard, reach: howFar, onStage }: Way): void {
  const host = hostOf(destination);
  if (!isIP(host)) return;
  try {
    guard.check(host, host, howFar);
  } catch (error) {
    const failure = new ConnectFailure('tcp', EGRESS_REFUSED, error);
    onStage?.({ stage: 'tcp', server: destination, isProxy: false, failure });
    throw failure;
  }
}

function opened(server: URL, addresses: readonly LookupAddress[], signal: AbortSignal): Promise<Socket> {
  const lookup: LookupFunction = (_host, { all }, done) => {
    const [first] = addresses;
    if (all) done(null, [...addresses]);
    else done(null, first?.address ?? '', first?.family);
  };
  const socket = connectTcp({ host: hostOf(server), port: portOf(server), lookup });
  socket.setNoDelay(true).setKeepAlive(true, KEEP_ALIVE_MS);
  return settled(socket, 'connect', signal);
}

function secure(way: Way, line: Socket, server: URL, signal: AbortSignal): Promise<Socket> {
  return stage(way, ['tls', server], signal, () => {
    const host = hostOf(server);
    const socket = connectTls({
      socket: line,
      host,
      // An address is no server name (RFC 6066, 3); the certificate is compared with it all the same.
      servername: isIP(host) ? '' : host,
      ALPNProtocols: ['http/1.1'],
      rejectUnauthorized: way.verifiesCertificates,
      ...(way.secureContext && { secureContext: way.secureContext }),
    });
    return settled(socket, 'secureConnect', signal);
  });
}

/** The socket once the event has come. */
function settled<Line extends Socket>(socket: Line, event: string, signal: AbortSignal): Promise<Line> {
  return new Promise((resolve, reject) => {
    const done = (finish: () => void) => (): void => {
      socket.off(event, succeed).off('error', fail).off('close', lose);
      signal.removeEventListener('abort', giveUp);
      finish();
    };
    const succeed = done(() => resolve(socket));
    const fail = (error: Error): void => done(() => reject(error))();
    const lose = done(() => reject(Object.assign(new Error('The connection was closed'), { code: 'ECONNRESET' })));
    const giveUp = done(() => {
      socket.on('error', () => undefined).destroy();
      reject(new Error('The connection took too long'));
    });
    socket.once(event, succeed).once('error', fail).once('close', lose);
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
  });
}

async function stage<T>(
  way: Way,
  [name, server]: readonly [Stage, URL],
  signal: AbortSignal,
  work: () => Promise<T>,
): Promise<T> {
  const isProxy = server === way.proxy;
  try {
    const result = await unlessAborted(work(), signal);
    way.onStage?.({ stage: name, server, isProxy, ...addressIn(result) });
    return result;
  } catch (error) {
    const failure = new ConnectFailure(name, reasonOf(error, signal), error);
    way.onStage?.({ stage: name, server, isProxy, failure });
    throw failure;
  }
}

/** A resolver cannot be told to stop; its answer is not waited for. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(new Error('The connection took too long'));
    signal.addEventListener('abort', giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
    if (signal.aborted) giveUp();
  });
}

function addressIn(result: unknown): { address?: string } {
  if (Array.isArray(result)) return { address: (result as LookupAddress[]).map(({ address }) => address).join(', ') };
  const { remoteAddress } = (result ?? {}) as { remoteAddress?: string };
  return remoteAddress === undefined ? {} : { address: remoteAddress };
}

function reasonOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'CONNECT_TIMEOUT';
  if (error instanceof Error && error.name === 'EgressRefused') return EGRESS_REFUSED;
  // Every address was tried: the last one's reason is as good as any.
  const last = error instanceof AggregateError ? (error.errors.at(-1) as unknown) : error;
  return last instanceof Error && 'code' in last ? String(last.code) : 'UNKNOWN';
}
