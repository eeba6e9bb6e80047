import type { IncomingMessage } from 'node:http';
import type { ResolvedAddress } from '#libs/client-address';
import { anonymous, type Actor, type Caller } from './caller.js';

/** A request as Node hands it over, and the path of its address as it was sent; what the framework adds is not there yet. */
export interface PlainRequest extends IncomingMessage {
  readonly path: string;
  method: string;
  url: string;
}

export type ListenerName = 'ops' | 'public';

/** What the server knows of a request before any route is reached. */
export interface RequestContext {
  readonly requestId: string;
  readonly correlationId: string;
  readonly listener: ListenerName;
  readonly client: ResolvedAddress;
  /** Sent by a program on this machine, not through a proxy or a foreign page (contract §3). */
  readonly isLocal: boolean;
  caller: Caller;
}

const contexts = new WeakMap<IncomingMessage, RequestContext>();

export function setContext(request: IncomingMessage, context: Omit<RequestContext, 'caller'>): RequestContext {
  const whole = { ...context, caller: anonymous };
  contexts.set(request, whole);
  return whole;
}

/** The context of a request that came through the pipeline. */
export function contextOf(request: IncomingMessage): RequestContext {
  const context = contexts.get(request);
  if (!context) throw new Error('This request did not come through the pipeline');
  return context;
}

/** Who is behind a request, for audit rows and timelines. */
export function actorOf(context: RequestContext): Actor {
  return { id: context.caller.actor, userId: context.caller.userId, address: context.client.address };
}
