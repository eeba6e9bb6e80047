import type { ServerResponse } from 'node:http';
import { HeaderMap, splitTarget, type S3Request } from '#libs/s3';
import { contextOf, type PlainRequest, type RequestContext } from '../../http/index.js';

type Headers = Readonly<Record<string, string | number>>;

/** One S3 request and its answer. */
export class Exchange {
  readonly s3: S3Request;
  readonly context: RequestContext;
  private hasContinued = false;

  constructor(
    readonly request: PlainRequest,
    readonly response: ServerResponse,
  ) {
    this.context = contextOf(request);
    const { rawPath, rawQuery } = splitTarget(request.url);
    const headers = HeaderMap.fromRaw(request.rawHeaders);
    this.s3 = { method: request.method, rawPath, rawQuery, headers };
    response.setHeader('x-amz-request-id', this.context.requestId);
  }

  get headers(): HeaderMap {
    return this.s3.headers;
  }

  /** Tells a client that asked first (Expect: 100-continue) to send its body. */
  sayContinue(): void {
    if (this.request.headers.expect === undefined || this.hasContinued) return;
    this.hasContinued = true;
    this.response.writeContinue();
  }

  /** The client still waits for leave to send the body. */
  get isBodyHeldBack(): boolean {
    return this.request.headers.expect !== undefined && !this.hasContinued && !this.request.complete;
  }

  empty(status: number, headers: Headers = {}): void {
    this.head(status, { ...headers, ...(status !== 204 && status !== 304 && { 'Content-Length': 0 }) });
    this.response.end();
  }

  xml(status: number, document: string, headers: Headers = {}): void {
    this.text(status, 'application/xml', document, headers);
  }

  json(status: number, body: object, headers: Headers = {}): void {
    this.text(status, 'application/json; charset=utf-8', JSON.stringify(body), headers);
  }

  head(status: number, headers: Headers): void {
    for (const [name, value] of Object.entries(headers)) this.response.setHeader(name, value);
    this.response.writeHead(status);
  }

  private text(status: number, type: string, text: string, headers: Headers): void {
    const body = Buffer.from(text);
    this.head(status, { ...headers, 'Content-Type': type, 'Content-Length': body.length });
    this.response.end(body);
  }
}
