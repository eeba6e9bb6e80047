import { Injectable } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Clock } from '#libs/clock';
import { DomainError, drainRefusedBody, withinBodyDeadline } from '../http/index.js';

/** Contract §7. */
export const WEBHOOK_BODY_BYTES_MAX = 10_485_760;
/** What most webhooks stay below; so much of each is always taken, so that large ones cannot keep small ones out. */
const SMALL_BODY_BYTES = 262_144;
/** What all bodies together may hold beyond that: a signature can be judged only when the last byte is here. */
const HELD_BYTES_MAX = 67_108_864;

/** Reads the raw bytes of webhooks, which are what their signatures cover, in bounded memory and time. */
@Injectable()
export class Bodies {
  private heldBytes = 0;

  constructor(private readonly clock: Clock) {}

  /**
   * @throws DomainError body_too_large before more than the limit has been read; invalid_input when the sender went away;
   * request_timeout; not_ready when too many large bodies are under way.
   */
  async read(request: IncomingMessage, response: ServerResponse): Promise<Buffer> {
    const isHeldBack = request.headers.expect !== undefined;
    if (Number(request.headers['content-length'] ?? 0) > WEBHOOK_BODY_BYTES_MAX) {
      // What this sender sends next would be taken for the body that nobody has asked for.
      if (isHeldBack) response.setHeader('Connection', 'close');
      else drainRefusedBody(request, response, this.clock);
      throw tooLarge();
    }
    if (isHeldBack) response.writeContinue();
    return withinBodyDeadline(this.clock, response, this.collect(request, response));
  }

  /** By events: an iterator over the request would cost a small webhook more than everything else about its body. */
  private collect(request: IncomingMessage, response: ServerResponse): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    let held = 0;
    response.once('close', () => (this.heldBytes -= held));
    return new Promise((resolve, reject) => {
      const refuse = (error: DomainError): void => {
        request.off('data', take);
        drainRefusedBody(request, response, this.clock);
        reject(error);
      };
      const finish = (): void => {
        // Every request is closed once it has been answered; a failure that nobody hears of would cost more than the body did.
        request.off('close', cutOff);
        resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, bytes));
      };
      const take = (chunk: Buffer): void => {
        bytes += chunk.length;
        if (bytes > WEBHOOK_BODY_BYTES_MAX) return refuse(tooLarge());
        const more = Math.max(0, bytes - SMALL_BODY_BYTES) - held;
        if (more > 0 && this.heldBytes + more > HELD_BYTES_MAX) return refuse(tooMany());
        held += more;
        this.heldBytes += more;
        chunks.push(chunk);
      };
      const cutOff = (cause?: Error): void => reject(endedEarly(cause));
      if (request.destroyed) return cutOff();
      request.on('data', take);
      request.once('end', finish);
      request.once('error', cutOff);
      request.once('close', cutOff);
    });
  }
}

function endedEarly(cause: Error | undefined): DomainError {
  return new DomainError('malformed', 'invalid_input', 'The body ended before its announced length.', { cause });
}

function tooLarge(): DomainError {
  return new DomainError('too-large', 'body_too_large', `A webhook may have at most ${WEBHOOK_BODY_BYTES_MAX} bytes.`);
}

function tooMany(): DomainError {
  return new DomainError('unavailable', 'not_ready', 'Too many large webhooks are under way; send this one again.', {
    headers: { 'Retry-After': '5' },
  });
}
