import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import {
  describePayload,
  digestsToCompute,
  HashPool,
  readExpectedDigests,
  S3Error,
  verifyDigests,
  xmlBytesMax,
  type ExpectedDigests,
  type Payload,
} from '#libs/s3';
import { tooLarge } from '../chosen-parts.js';
import type { IncomingBody } from '../object.service.js';
import type { Access } from './access.js';
import { BodyReader } from './body-reader.js';
import type { Exchange } from './exchange.js';

/** What a request says of its body, before any of it has been asked for. */
export interface AnnouncedBody {
  readonly payload: Payload;
  readonly expected: ExpectedDigests;
}

/** Reads bodies as their senders framed, hashed and signed them. */
@Injectable()
export class Bodies {
  constructor(private readonly clock: Clock) {}

  /** @throws S3Error when the announcement contradicts itself, or is larger than allowed. */
  announced({ headers }: Exchange, access: Access, bytesMax: number): AnnouncedBody {
    const payload = describePayload(headers, access.kind === 'job' ? access.payloadHash : 'UNSIGNED-PAYLOAD');
    if ((payload.decodedBytes ?? 0) > bytesMax) throw tooLarge(payload.decodedBytes ?? 0, bytesMax);
    return { payload, expected: readExpectedDigests(headers, payload) };
  }

  /** The body as a stream for the store. Asking for its first piece lets a waiting client send. */
  incoming(exchange: Exchange, access: Access, announced: AnnouncedBody, bytesMax: number): IncomingBody {
    const { payload, expected } = announced;
    const reader = this.reader(exchange, access, payload, bytesMax);
    return {
      pieces: reader.pieces(() => exchange.sayContinue()),
      algorithms: digestsToCompute(expected),
      verify: (digests) => verifyDigests(expected, digests, reader.trailers),
    };
  }

  /** A request document as a whole, its digests held against the announced ones. */
  async document(exchange: Exchange, access: Access): Promise<Buffer> {
    const { payload, expected } = this.announced(exchange, access, xmlBytesMax);
    const reader = this.reader(exchange, access, payload, xmlBytesMax);
    const pieces: Buffer[] = [];
    for await (const piece of reader.pieces(() => exchange.sayContinue())) pieces.push(piece);
    verifyDigests(expected, await HashPool.digestInline(digestsToCompute(expected), pieces), reader.trailers);
    return Buffer.concat(pieces);
  }

  private reader(exchange: Exchange, access: Access, payload: Payload, bytesMax: number): BodyReader {
    const signing = access.kind === 'job' ? access.signing : undefined;
    const oversize = (): S3Error => tooLarge(bytesMax + 1, bytesMax);
    return new BodyReader(exchange.request, { payload, signing, bytesMax, tooLarge: oversize }, this.clock);
  }
}
