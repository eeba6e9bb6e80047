import type { PeerCertificate, TLSSocket } from 'node:tls';
import { connect, type StageReport } from './connect.js';
import type { Stage } from './connect-failure.js';
import { createDispatcher, wayTo, type OutboundNet, type OutboundSettings } from './dispatcher.js';
import { sendOnce, type OutboundRequest } from './outbound-client.js';
import { outboundErrorOf } from './outbound-error.js';

/** What a server shows at the TLS handshake, whether it is trusted or not. */
export interface ShownCertificate {
  readonly subject: string;
  readonly issuer: string;
  readonly names: string;
  readonly validTo: string;
}

export interface TraceStep {
  readonly name: Stage | 'http';
  /** Host and port of the server that the step was about. */
  readonly server: string;
  readonly isProxy: boolean;
  readonly durationMs: number;
  /** Addresses found, or the one connected to. */
  readonly address?: string;
  /** Why it failed; absent when it did not. */
  readonly failure?: string;
  readonly certificate?: ShownCertificate;
}

export interface Trace {
  readonly steps: readonly TraceStep[];
  /** Absent when none came. */
  readonly answer?: { readonly status: number; readonly text: string };
}

/**
 * Sends one request over a connection of its own, by the same code as every other call, and tells every step on the way; the
 * last one is the first that failed. Never rejects.
 */
export async function traceRequest(
  call: OutboundRequest,
  settings: OutboundSettings,
  net: OutboundNet,
): Promise<Trace> {
  const steps: TraceStep[] = [];
  const watch = stopWatch(net);
  const add = (step: Omit<TraceStep, 'durationMs'>): void => void steps.push({ ...step, durationMs: watch() });
  const onStage = ({ stage, server, isProxy, address, failure }: StageReport): void =>
    add({
      name: stage,
      server: server.host,
      isProxy,
      ...(address !== undefined && { address }),
      ...(failure && { failure: failure.reason }),
    });
  const undici = await import('undici');
  const dispatcher = createDispatcher(undici, settings, call.url, { ...net, onStage });
  try {
    const { status, body } = await sendOnce(dispatcher, call, settings, net);
    add({ name: 'http', server: call.url.host, isProxy: false });
    return { steps, answer: { status, text: body.toString('utf8') } };
  } catch (error) {
    const failed = steps.at(-1);
    if (failed?.failure === undefined)
      add({ name: 'http', server: call.url.host, isProxy: false, failure: outboundErrorOf(error).code });
    else if (failed.name === 'tls' && !failed.isProxy)
      steps.splice(-1, 1, { ...failed, ...(await shownCertificate(call.url, settings, net)) });
    return { steps };
  } finally {
    await dispatcher.destroy();
  }
}

/** Looks at the certificate that was refused: one more handshake, over which nothing is sent. */
async function shownCertificate(
  url: URL,
  settings: OutboundSettings,
  net: OutboundNet,
): Promise<{ certificate?: ShownCertificate }> {
  const overdue = new AbortController();
  const timer = net.clock.after(settings.timeoutMs, () => overdue.abort());
  try {
    const line = (await connect(
      wayTo(url, { ...settings, verifiesCertificates: false }, net),
      overdue.signal,
    )) as TLSSocket;
    const shown = line.getPeerCertificate();
    line.destroy();
    return { certificate: describe(shown) };
  } catch {
    return {};
  } finally {
    timer.stop();
  }
}

function describe({ subject, issuer, subjectaltname = '', valid_to }: PeerCertificate): ShownCertificate {
  return { subject: nameIn(subject), issuer: nameIn(issuer), names: subjectaltname, validTo: valid_to };
}

function nameIn(parts: Partial<Record<'CN' | 'O', string | string[]>> | undefined): string {
  return [parts?.CN ?? parts?.O ?? 'nobody'].flat().join(', ');
}

/** Milliseconds since it was last asked. */
function stopWatch({ clock }: OutboundNet): () => number {
  let lastMs = clock.monotonicMs();
  return () => {
    const nowMs = clock.monotonicMs();
    const passedMs = nowMs - lastMs;
    lastMs = nowMs;
    return Math.round(passedMs * 10) / 10;
  };
}
