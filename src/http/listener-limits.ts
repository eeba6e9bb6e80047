import type { Server } from 'node:http';

/** Load balancers keep idle connections for 60 s; closing earlier than they do gives stray 502s. */
const keepAliveTimeoutMs = 65_000;

/** What a client may take of a listener. Bodies have limits of their own: uploads by their rate, JSON by time and size. */
export const listenerLimits = {
  keepAliveTimeoutMs,
  /** For the headers of a request; must exceed the keep-alive time, or a slow next request on a kept connection is cut off. */
  headersTimeoutMs: keepAliveTimeoutMs + 5_000,
  /** How often slow clients are looked for: they are cut off this much later at most. */
  checkIntervalMs: 5_000,
  /** All headers together; more is answered with 431. */
  headerBytesMax: 16_384,
  /** For the TLS handshake. */
  handshakeTimeoutMs: 10_000,
};

export type ListenerLimits = typeof listenerLimits;

/** The limits that are given when a server is made. */
export function creationOptions(limits: ListenerLimits = listenerLimits): {
  connectionsCheckingInterval: number;
  maxHeaderSize: number;
  handshakeTimeout: number;
  requireHostHeader: boolean;
} {
  return {
    connectionsCheckingInterval: limits.checkIntervalMs,
    maxHeaderSize: limits.headerBytesMax,
    handshakeTimeout: limits.handshakeTimeoutMs,
    // The pipeline does, and says so.
    requireHostHeader: false,
  };
}

/** The others. */
export function limitServer(server: Server, limits: ListenerLimits = listenerLimits): void {
  // Node drops the headers beyond a count, and with them what a proxy has added at the end; their size is limited in any case.
  server.maxHeadersCount = 0;
  // Uploads take as long as they take.
  server.requestTimeout = 0;
  server.keepAliveTimeout = limits.keepAliveTimeoutMs;
  server.headersTimeout = limits.headersTimeoutMs;
}
