import type { Request, Response } from 'express';
import { DomainError } from '../http/index.js';

/** Contract §7. */
const WEBHOOK_BODY_BYTES_MAX = 10_485_760;

/**
 * The raw bytes of a webhook, which are what its signature covers.
 * @throws DomainError body_too_large before more than the limit has been read; invalid_input when the sender went away.
 */
export async function readBody(request: Request, response: Response): Promise<Buffer> {
  if (Number(request.headers['content-length'] ?? 0) > WEBHOOK_BODY_BYTES_MAX) throw tooLarge(response);
  if (request.headers.expect !== undefined) response.writeContinue();
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > WEBHOOK_BODY_BYTES_MAX) throw tooLarge(response);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof DomainError) throw error;
    throw new DomainError('malformed', 'invalid_input', 'The body ended before its announced length.', {
      cause: error,
    });
  }
  return Buffer.concat(chunks, bytes);
}

function tooLarge(response: Response): DomainError {
  // The rest of the body is not read, so the connection cannot be used again.
  response.setHeader('Connection', 'close');
  return new DomainError('too-large', 'body_too_large', `A webhook may have at most ${WEBHOOK_BODY_BYTES_MAX} bytes.`);
}
