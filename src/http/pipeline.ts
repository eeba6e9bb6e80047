import { Injectable } from '@nestjs/common';
import { json, type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Clock } from '#libs/clock';
import { AddressList, isLocalRequest, parseAddressList, resolveClient } from '#libs/client-address';
import { newRandomId } from '#libs/ids';
import { getLogger, withLogContext } from '#libs/log';
import { Lifecycle } from '#libs/worker';
import { Config } from '../config/index.js';
import { withinBodyDeadline } from './body-deadline.js';
import { CallerResolver } from './caller.js';
import { DomainError } from './domain-error.js';
import { answerError, type FailureFields } from './error-filter.js';
import { refuseDeepJson } from './json-depth.js';
import { ProbeCallers } from './probe-callers.js';
import { contextOf, setContext, type ListenerName, type PlainRequest } from './request-context.js';
import { securityHeaders } from './security-headers.js';

const log = getLogger('http');

/** Judges a request before its body is read; throws when it goes no further. */
export type Gate = (request: PlainRequest, response: ServerResponse) => Promise<void>;
/** Serves everything under a prefix by itself: no body parser and no route of the framework touches the request. */
export type RawHandler = (request: Request, response: Response) => Promise<void>;
/** The same without the framework's helpers, which cost more than a small answer does. */
export type PlainHandler = (request: PlainRequest, response: ServerResponse) => Promise<void>;

/** Whether something is meant for a request. */
type Concern = (request: PlainRequest) => boolean;

/** Told of every request once its answer has gone out, or its connection has gone. */
export type Observer = (request: PlainRequest, response: ServerResponse, answer: Answered) => void;

/** What an answer took. */
export interface Answered {
  readonly durationMs: number;
  /** On the wire, headers included. */
  readonly sentBytes: number;
}

/** Ids from outside are kept only when they cannot break a log line or a header (contract §2). */
const WELL_FORMED_ID = /^[A-Za-z0-9._-]{1,128}$/;
/** What the public listener offers to callers that are not local (contract §1). */
const PUBLIC_SURFACE = /^\/api\/(webhooks|cloud\/storage|cloud\/health)(\/|$)/;

/** The way of every request, in one fixed order: who and where, the gates, the surface, the caller, then raw routes or the body. */
@Injectable()
export class Pipeline {
  private readonly trusted: AddressList;
  private readonly gates: Gate[] = [];
  private readonly rawRoutes: { readonly prefix: string; readonly handler: RawHandler }[] = [];
  private readonly plainRoutes: { readonly prefix: string; readonly handler: PlainHandler }[] = [];
  private readonly observers: Observer[] = [];
  private readonly failureFields: { readonly concerns: Concern; readonly fields: FailureFields }[] = [];
  private readonly parseJson: RequestHandler;

  constructor(
    private readonly config: Config,
    private readonly callers: CallerResolver,
    private readonly probeCallers: ProbeCallers,
    private readonly lifecycle: Lifecycle,
    private readonly clock: Clock,
  ) {
    this.trusted = parseAddressList(config.settings.trustedProxies);
    this.parseJson = json({
      limit: config.settings.apiBodyBytesMax,
      strict: true,
      type: ['application/json', 'application/*+json'],
    });
  }

  /** Gates are asked in the order in which they were added. */
  addGate(gate: Gate): void {
    this.gates.push(gate);
  }

  /** Hands everything at `prefix` and below it to `handler`, unparsed. */
  addRawRoute(prefix: string, handler: RawHandler): void {
    this.rawRoutes.push({ prefix, handler });
  }

  /** Hands everything at `prefix` and below it to `handler`, unparsed, and past the framework (`servePlain`). */
  addPlainRoute(prefix: string, handler: PlainHandler): void {
    this.plainRoutes.push({ prefix, handler });
    // An address in another form, such as that of a proxy request, comes by way of the framework.
    this.rawRoutes.push({ prefix, handler });
  }

  /** The prefix of the raw route that serves a path, if one does. */
  rawPrefixOf(path: string): string | undefined {
    return routeOf(this.rawRoutes, path)?.prefix;
  }

  addObserver(observer: Observer): void {
    this.observers.push(observer);
  }

  /** Adds fields to the error body of requests that fail before they reach their route, where that route promises them. */
  addFailureFields(concerns: Concern, fields: FailureFields): void {
    this.failureFields.push({ concerns, fields });
  }

  /**
   * Leads a request for a plain route through the pipeline without the framework's routing, which costs more than all that
   * is done here. False when the address is none of a plain route's.
   */
  servePlain(request: IncomingMessage, response: ServerResponse): boolean {
    const { url = '' } = request;
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const route = routeOf(this.plainRoutes, path);
    if (!route) return false;
    const plain = Object.assign(request, { path }) as PlainRequest;
    this.lead(plain, response, async () => {
      await this.admit(plain, response);
      await route.handler(plain, response);
    });
    return true;
  }

  /** Marks which listener a request came in by; called by the listeners before anything else. */
  static receive(request: IncomingMessage, listener: ListenerName): void {
    listenerOf.set(request, listener);
  }

  /** The express middleware that leads every request through the pipeline. */
  readonly handle = (request: Request, response: Response, next: NextFunction): void => {
    this.lead(request, response, () => this.judge(request, response, next));
  };

  private lead(request: PlainRequest, response: ServerResponse, serve: () => Promise<void>): void {
    const context = this.describe(request);
    this.watch(request, response);
    response.setHeader('X-Request-ID', context.requestId);
    response.setHeader('X-Correlation-ID', context.correlationId);
    if (this.lifecycle.isDraining) response.setHeader('Connection', 'close');
    withLogContext({ correlation_id: context.correlationId }, () => {
      for (const [name, value] of securityHeaders) response.setHeader(name, value);
      serve().catch((error: unknown) => {
        const promised = this.failureFields.find(({ concerns }) => concerns(request));
        answerError(error, request, response, promised?.fields);
      });
    });
  }

  private async judge(request: Request, response: Response, next: NextFunction): Promise<void> {
    await this.admit(request, response);
    const raw = routeOf(this.rawRoutes, request.path);
    if (raw) return raw.handler(request, response);
    refuseNul(request);
    await this.readBody(request, response);
    next();
  }

  private async admit(request: PlainRequest, response: ServerResponse): Promise<void> {
    const context = contextOf(request);
    for (const gate of this.gates) await gate(request, response);
    requireOneHost(request);
    if (context.listener === 'public' && !context.isLocal && !PUBLIC_SURFACE.test(request.path)) {
      throw new DomainError('not-found', 'not_found', 'There is nothing at this address.');
    }
    const callers = ProbeCallers.concerns(request.path) ? this.probeCallers : this.callers;
    context.caller = await callers.resolve(request);
  }

  private watch(request: PlainRequest, response: ServerResponse): void {
    const startMs = this.clock.monotonicMs();
    const { socket } = request;
    const writtenBefore = socket.bytesWritten;
    response.once('close', () => {
      const durationMs = this.clock.monotonicMs() - startMs;
      const answered = { durationMs, sentBytes: socket.bytesWritten - writtenBefore };
      for (const observer of this.observers) observe(observer, request, response, answered);
    });
  }

  private async readBody(request: Request, response: Response): Promise<void> {
    if (!hasBody(request)) return;
    requireJson(request);
    if (request.headers.expect !== undefined) response.writeContinue();
    const reading = new Promise<void>((resolve, reject) => {
      this.parseJson(request, response, (error?: unknown) => {
        if (error === undefined) resolve();
        else reject(error instanceof Error ? error : new Error('The body cannot be read', { cause: error }));
      });
    });
    await withinBodyDeadline(this.clock, response, reading);
    // The parser passes over a content type that it cannot read, and with it the body.
    if (request.body === undefined) throw notJson();
    refuseDeepJson(request.body);
  }

  private describe(request: IncomingMessage): ReturnType<typeof setContext> {
    const peer = request.socket.remoteAddress ?? '';
    const requestId = wellFormedId(request.headers['x-request-id']) ?? newRandomId();
    return setContext(request, {
      requestId,
      correlationId: wellFormedId(request.headers['x-correlation-id']) ?? requestId,
      listener: listenerOf.get(request) ?? 'ops',
      client: resolveClient({ peer, headers: request.headers, trusted: this.trusted }),
      isLocal: isLocalRequest({ peer, headers: request.headers }),
    });
  }
}

function routeOf<Route extends { readonly prefix: string }>(routes: readonly Route[], path: string): Route | undefined {
  return routes.find(({ prefix }) => path === prefix || path.startsWith(`${prefix}/`));
}

/** Nobody is there any more to be answered: a failure here would end the process. */
function observe(observer: Observer, request: PlainRequest, response: ServerResponse, answered: Answered): void {
  try {
    observer(request, response, answered);
  } catch (error) {
    log.error('A request could not be taken note of', { error });
  }
}

const listenerOf = new WeakMap<IncomingMessage, ListenerName>();

/** What may be the id of a request, or undefined. */
export function wellFormedId(given: string | string[] | undefined): string | undefined {
  return typeof given === 'string' && WELL_FORMED_ID.test(given) ? given : undefined;
}

/** Of two, each station on the way may believe another one; only HTTP/1.0 knows requests without (RFC 9112 §3.2). */
function requireOneHost({ rawHeaders, httpVersion }: IncomingMessage): void {
  const hosts = rawHeaders.filter((text, index) => index % 2 === 0 && text.toLowerCase() === 'host');
  if (hosts.length > 1 || (hosts.length === 0 && httpVersion !== '1.0'))
    throw new DomainError('malformed', 'invalid_input', 'Send one Host header.');
}

/** No name here holds one, and PostgreSQL cannot compare text with it. */
function refuseNul({ url }: Request): void {
  if (url.includes('%00')) throw new DomainError('malformed', 'invalid_input', 'The address holds a NUL character.');
}

function hasBody({ headers }: Request): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** A body of another type would be dropped silently, and is how a foreign page sends one without asking first. */
function requireJson({ headers }: Request): void {
  if (!/^application\/([\w.-]+\+)?json\s*(;|$)/i.test(headers['content-type'] ?? '')) throw notJson();
}

function notJson(): DomainError {
  return new DomainError('unsupported', 'unsupported_media_type', 'Send the body as application/json.');
}
