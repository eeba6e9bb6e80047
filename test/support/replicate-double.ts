import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { afterAll } from 'vitest';
import type { ServerIdentity } from './tls-identities.js';

/** What happens to one request instead of its answer. */
export type Fault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string;
    }
  /** The answer is cut off half-way; `afterDoing`: the request has had its effect. */
  | { readonly kind: 'truncate' }
  /** The connection is closed without an answer, before or after the request has had its effect. */
  | { readonly kind: 'reset'; readonly afterDoing: boolean }
  /** The request has its effect, but no answer ever comes. */
  | { readonly kind: 'silence' }
  /** The answer comes late, */
  | { readonly kind: 'delay'; readonly durationMs: number }
  /** in small pieces, */
  | { readonly kind: 'drip' }
  /** or half of it, and never the rest. */
  | { readonly kind: 'stall' };

export interface DoublePrediction {
  id: string;
  model: string;
  version: string;
  input: Record<string, unknown>;
  output: unknown;
  error: string | null;
  logs: string;
  status: string;
  source: 'api';
  data_removed: boolean;
  metrics: { predict_time?: number };
  created_at: string;
  started_at: string | null;
  completed_at: string | null;
  urls: { get: string; cancel: string; web: string };
  webhook?: string;
  webhook_events_filter?: string[];
}

const PAGE_SIZE = 100;
const PIECE_LENGTH = 16;
const ENDED = ['succeeded', 'failed', 'canceled'];
/** Inputs that the trainer's predictor declares; some runtimes refuse any other. */
const declared = new Set(
  `images config_json dataloader_json max_train_steps s3_bucket s3_region s3_endpoint_url s3_base_path s3_public_base_url
   s3_access_key s3_secret_key hub_model_id hf_token lycoris_config return_logs`.split(/\s+/),
);
const secretInputs = new Set(['s3_access_key', 's3_secret_key', 'hf_token']);
const profiles = ['h100', 'l40s'].flatMap((gpu) => [gpu, ...[2, 4, 8].map((count) => `${gpu}-x${count}`)]);

/**
 * Replicate's API as its published reference describes it, so far as this product uses it. The official `replicate`
 * client works against it (test/clients/replicate-double.test.ts).
 */
export class ReplicateDouble {
  static readonly token = 'r8_0123456789abcdefghijklmnopqrstuvwxyzA';
  /** A test may replace it, as the account's owner may. */
  webhookSecret = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
  readonly predictions: DoublePrediction[] = [];
  /** Applied to the next requests, one each. */
  readonly faults: Fault[] = [];
  /** Applied to the next creations of a prediction, one each; other requests pass meanwhile. */
  readonly creationFaults: Fault[] = [];
  readonly requests: {
    readonly method: string;
    readonly path: string;
    readonly headers: IncomingMessage['headers'];
  }[] = [];
  private readonly server: Server;
  private made = 0;

  private constructor(private readonly identity: ServerIdentity | undefined) {
    const listener = (request: IncomingMessage, response: ServerResponse): void => void this.receive(request, response);
    this.server = identity ? createTlsServer(identity, listener) : createServer(listener);
  }

  /** Over plain http, or over TLS as `localhost` with the given identity. */
  static async start(identity?: ServerIdentity): Promise<ReplicateDouble> {
    const double = new ReplicateDouble(identity);
    double.server.listen(0, '127.0.0.1');
    await once(double.server, 'listening');
    afterAll(() => double.stop());
    return double;
  }

  get baseUrl(): string {
    const { port } = this.server.address() as AddressInfo;
    return this.identity ? `https://localhost:${port}/v1` : `http://127.0.0.1:${port}/v1`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  /** Moves a prediction on, as its run would. */
  update(id: string, changes: Partial<DoublePrediction>): DoublePrediction {
    const prediction = this.predictions.find((candidate) => candidate.id === id);
    if (!prediction) throw new Error(`There is no prediction ${id}`);
    const now = new Date().toISOString();
    if (changes.status === 'processing') prediction.started_at ??= now;
    if (ENDED.includes(changes.status ?? '')) prediction.completed_at ??= now;
    return Object.assign(prediction, changes);
  }

  private async receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readAll(request);
    const url = new URL(request.url ?? '', this.baseUrl);
    this.requests.push({ method: request.method ?? '', path: url.pathname, headers: request.headers });
    const isCreation = request.method === 'POST' && url.pathname === '/v1/predictions';
    const fault = (isCreation ? this.creationFaults.shift() : undefined) ?? this.faults.shift();
    if (fault?.kind === 'reset' && !fault.afterDoing) return void request.socket.destroy();
    if (fault?.kind === 'status') return void response.writeHead(fault.status, fault.headers).end(fault.body ?? '');
    const { status, value } = this.answer(request, url, body);
    if (fault?.kind === 'silence') return;
    if (fault?.kind === 'reset') return void request.socket.destroy();
    if (fault?.kind === 'delay') await setTimeout(fault.durationMs);
    const text = JSON.stringify(value);
    response.writeHead(status, { 'Content-Type': 'application/json' });
    if (fault?.kind === 'drip') return void Readable.from(piecesOf(text)).pipe(response);
    const half = text.slice(0, text.length / 2);
    if (fault?.kind === 'stall') return void response.write(half);
    response.end(fault?.kind === 'truncate' ? half : text);
  }

  private answer(request: IncomingMessage, url: URL, body: string): { status: number; value: unknown } {
    if (request.headers.authorization !== `Bearer ${ReplicateDouble.token}`)
      return problem(401, 'Unauthenticated', 'You did not pass a valid authentication token');
    const route = `${request.method} ${url.pathname.replace(/^\/v1/, '')}`;
    const [, id] = /^\w+ \/predictions\/(\w+)(?:\/cancel)?$/.exec(route) ?? [];
    if (route === 'GET /account')
      return ok({ type: 'organization', username: 'acme', name: 'Acme', github_url: 'https://github.com/acme' });
    if (route === 'GET /webhooks/default/secret') return ok({ key: this.webhookSecret });
    if (route === 'POST /predictions') return this.create(JSON.parse(body) as Partial<DoublePrediction>);
    if (route === 'GET /predictions') return ok(this.page(url));
    if (id !== undefined) return this.one(id, route.endsWith('/cancel'));
    return modelAnswer(route) ?? problem(404, 'Not found', 'The requested resource could not be found.');
  }

  private create(wish: Partial<DoublePrediction>): { status: number; value: unknown } {
    const profile = profiles.find((candidate) => versionsOf(candidate).some(({ id }) => id === wish.version));
    if (!profile || !wish.version)
      return problem(
        422,
        'Invalid version or not permitted',
        'The specified version does not exist (or perhaps you don’t have permission to use it?)',
      );
    const input = wish.input ?? {};
    const undeclared = Object.keys(input).find((name) => !declared.has(name));
    if (undeclared) return problem(422, 'Input validation failed', `- input: ${undeclared} is not allowed`);
    const id = `p${String((this.made += 1)).padStart(25, '0')}`;
    const prediction: DoublePrediction = {
      id, model: `simpletuner/advanced-trainer-${profile}`, version: wish.version, input: shownInput(input), output: null,
      error: null, logs: '', status: 'starting', source: 'api', data_removed: false, metrics: {},
      created_at: new Date().toISOString(), started_at: null, completed_at: null,
      urls: { get: `${this.baseUrl}/predictions/${id}`, cancel: `${this.baseUrl}/predictions/${id}/cancel`, web: `https://replicate.com/p/${id}` },
      ...(wish.webhook && { webhook: wish.webhook, webhook_events_filter: wish.webhook_events_filter ?? [] }),
    }; // prettier-ignore
    this.predictions.unshift(prediction);
    return { status: 201, value: prediction };
  }

  private one(id: string, isCancel: boolean): { status: number; value: unknown } {
    const prediction = this.predictions.find((candidate) => candidate.id === id);
    if (!prediction) return problem(404, 'Not found', 'The requested resource could not be found.');
    if (isCancel && !ENDED.includes(prediction.status)) this.update(id, { status: 'canceled' });
    return ok(prediction);
  }

  private page(url: URL): unknown {
    const start = Number(url.searchParams.get('cursor') ?? 0);
    const link = (cursor: number): string => `${this.baseUrl}/predictions?cursor=${cursor}`;
    return {
      previous: start === 0 ? null : link(Math.max(0, start - PAGE_SIZE)),
      next: start + PAGE_SIZE < this.predictions.length ? link(start + PAGE_SIZE) : null,
      results: this.predictions.slice(start, start + PAGE_SIZE),
    };
  }
}

async function* piecesOf(text: string): AsyncGenerator<string> {
  for (let offset = 0; offset < text.length; offset += PIECE_LENGTH) {
    yield text.slice(offset, offset + PIECE_LENGTH);
    await setImmediate();
  }
}

/** Two versions of each model; the newest is not the first. */
export function versionsOf(
  profile: string,
): { id: string; created_at: string; cog_version: string; openapi_schema: object }[] {
  const version = (age: string, created_at: string) => ({
    id: Buffer.from(`${profile}-${age}`).toString('hex').padEnd(64, '0').slice(0, 64),
    created_at,
    cog_version: '0.16.8',
    openapi_schema: {},
  });
  return [version('old', '2026-01-02T03:04:05.678901Z'), version('new', '2026-10-02T03:04:05.678901Z')];
}

function modelAnswer(route: string): { status: number; value: unknown } | undefined {
  const [, profile = '', versions] =
    /^GET \/models\/simpletuner\/advanced-trainer-([\w-]+)(\/versions)?$/.exec(route) ?? [];
  if (!profiles.includes(profile)) return undefined;
  if (versions) return ok({ previous: null, next: null, results: versionsOf(profile) });
  const name = `advanced-trainer-${profile}`;
  return ok({
    url: `https://replicate.com/simpletuner/${name}`,
    owner: 'simpletuner',
    name,
    visibility: 'public',
    run_count: 7,
    latest_version: versionsOf(profile)[1],
  });
}

/** Secret inputs are not told again. */
function shownInput(input: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [name, secretInputs.has(name) ? '[REDACTED]' : value]),
  );
}

function ok(value: unknown): { status: number; value: unknown } {
  return { status: 200, value };
}

function problem(status: number, title: string, detail: string): { status: number; value: unknown } {
  return { status, value: { title, detail, status } };
}

async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
