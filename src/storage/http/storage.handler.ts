import { Injectable } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import { errorXml, parseOperation, parseQuery, parseTarget, S3Error, type S3Operation } from '#libs/s3';
import { AuditLog } from '../../audit/index.js';
import { actorOf, answerError, drainRefusedBody, type PlainRequest } from '../../http/index.js';
import type { Access } from './access.js';
import { addressOf, OUTPUTS_BUCKET } from './addresses.js';
import { Allowance } from './allowance.js';
import { Authenticator } from './authenticator.js';
import { ClientGoneError } from './body-reader.js';
import { Exchange } from './exchange.js';
import { asS3Error } from './failures.js';
import { Operations } from './operations.js';
import { STORAGE_PREFIX } from './signed-targets.js';

const log = getLogger('storage');

/** Refusals of who asked, not of what was asked: these are worth an audit row. */
const DENIALS = new Set(['AccessDenied', 'InvalidAccessKeyId', 'SignatureDoesNotMatch', 'RequestTimeTooSkewed']);

/** Everything below the storage prefix: who asks for what, and the answer, whatever happens. */
@Injectable()
export class StorageHandler {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly allowance: Allowance,
    private readonly operations: Operations,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  readonly handle = async (request: PlainRequest, response: ServerResponse): Promise<void> => {
    const exchange = new Exchange(request, response);
    try {
      const { operation, access } = await this.judge(exchange);
      await this.operations.perform({ exchange, access, operation });
    } catch (error) {
      const verdict = this.allowance.verdictOn(exchange, error);
      if (verdict === error) this.refuse(exchange, error);
      else answerError(verdict, request, response);
    }
    if (!exchange.isBodyHeldBack) drainRefusedBody(exchange.request, exchange.response, this.clock);
  };

  private async judge(exchange: Exchange): Promise<{ operation: S3Operation; access: Access }> {
    const { s3, context } = exchange;
    const target = parseTarget(s3.rawPath.slice(STORAGE_PREFIX.length));
    const operation = parseOperation(s3.method, target, parseQuery(s3.rawQuery), s3.headers);
    const access = await this.authenticator.authenticate(s3, context, jobIdOf(target));
    await this.allowance.admit(exchange, access);
    return { operation, access };
  }

  private refuse(exchange: Exchange, thrown: unknown): void {
    const { request, response, context, s3 } = exchange;
    if (thrown instanceof ClientGoneError || request.socket.destroyed) return void response.destroy();
    const known = asS3Error(thrown);
    if (!known) log.error('Storage request failed', { method: s3.method, error: thrown });
    if (response.headersSent) return void response.destroy();
    const error = known ?? new S3Error('InternalError', 'We encountered an internal error. Please try again.');
    if (DENIALS.has(error.code)) this.record(exchange, error);
    for (const name of response.getHeaderNames()) if (name.startsWith('content-')) response.removeHeader(name);
    // What this client sends next would be taken for the body that nobody has asked for.
    if (exchange.isBodyHeldBack) response.setHeader('Connection', 'close');
    const body = errorXml(error, s3.rawPath, context.requestId);
    if (error.status === 503 && !response.hasHeader('Retry-After')) response.setHeader('Retry-After', '5');
    if (s3.method === 'HEAD') exchange.head(error.status, { 'Content-Type': 'application/xml' });
    else exchange.xml(error.status, body);
    if (s3.method === 'HEAD') response.end();
  }

  private record({ context, s3 }: Exchange, error: S3Error): void {
    const bucket = s3.rawPath.slice(STORAGE_PREFIX.length).split('/')[1] ?? '';
    const details = { code: error.code, method: s3.method };
    this.audit.recordCoalesced(
      { type: 'storage.denied', actor: actorOf(context), targetType: 'bucket', targetId: bucket.slice(0, 64), details },
      `${context.client.address} ${error.code} ${bucket.slice(0, 64)}`,
    );
  }
}

function jobIdOf({ bucket, key }: { bucket?: string; key?: string }): string | undefined {
  if (bucket !== OUTPUTS_BUCKET) return bucket;
  return key === undefined || !key.includes('/') ? undefined : addressOf(bucket, key).jobId;
}
