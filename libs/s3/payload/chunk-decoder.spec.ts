import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { S3Error, type S3ErrorCode } from '../errors.js';
import { hmac, sha256Hex } from '../sigv4/canonical.js';
import type { ChunkSigning } from '../sigv4/verifier.js';
import { ChunkDecoder, chunkLineBytesMax, type ChunkDecoderOptions } from './chunk-decoder.js';

const signing: ChunkSigning = {
  signingKey: Buffer.alloc(32, 1),
  timestamp: '20261123T120000Z',
  scopeText: '20261123/us-east-1/s3/aws4_request',
  seedSignature: 'f'.repeat(64),
};

interface Framed {
  readonly body: Buffer;
  readonly object: Buffer;
  readonly options: ChunkDecoderOptions;
}

/** Frames an object as a client does. */
function frame(chunks: readonly Uint8Array[], signed: boolean, trailers: Readonly<Record<string, string>>): Framed {
  let previous = signing.seedSignature;
  const sign = (algorithm: string, ...hashes: string[]): string => {
    const text = [algorithm, signing.timestamp, signing.scopeText, previous, ...hashes].join('\n');
    previous = hmac(signing.signingKey, text).toString('hex');
    return previous;
  };
  const parts: (string | Uint8Array)[] = [];
  for (const chunk of [...chunks.filter((one) => one.length > 0), Buffer.alloc(0)]) {
    const signature = () => sign('AWS4-HMAC-SHA256-PAYLOAD', sha256Hex(''), sha256Hex(chunk));
    parts.push(`${chunk.length.toString(16)}${signed ? `;chunk-signature=${signature()}` : ''}\r\n`, chunk);
    if (chunk.length > 0) parts.push('\r\n');
  }
  const lines = Object.entries(trailers);
  for (const [name, value] of lines) parts.push(`${name}:${value}\r\n`);
  if (signed && lines.length > 0) {
    const canonical = lines.map(([name, value]) => `${name}:${value}\n`).join('');
    parts.push(`x-amz-trailer-signature:${sign('AWS4-HMAC-SHA256-TRAILER', sha256Hex(canonical))}\r\n`);
  }
  parts.push('\r\n');
  const object = Buffer.concat(chunks);
  const options: ChunkDecoderOptions = {
    decodedBytes: object.length,
    trailerNames: Object.keys(trailers),
    trailer: lines.length > 0 || !signed,
    ...(signed ? { signing } : {}),
  };
  return { body: Buffer.concat(parts.map((part) => Buffer.from(part))), object, options };
}

function decode(
  options: ChunkDecoderOptions,
  pieces: readonly Buffer[],
): { object: Buffer; trailers: Map<string, string> } {
  const decoder = new ChunkDecoder(options);
  const object = Buffer.concat(pieces.flatMap((piece) => decoder.push(piece)));
  return { object, trailers: new Map(decoder.end()) };
}

function code(options: ChunkDecoderOptions, body: string | Buffer): S3ErrorCode | 'accepted' {
  try {
    decode(options, [Buffer.from(body)]);
  } catch (error) {
    if (error instanceof S3Error) return error.code;
    throw error;
  }
  return 'accepted';
}

/** Cuts a body at arbitrary places. */
function split(body: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (body.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((start, index) => body.subarray(start, places[index] ?? body.length));
}

const trailersOf = fc.constantFrom<Record<string, string>>({}, { 'x-amz-checksum-crc32': 'AAAAAA==' });
const framed = fc
  .tuple(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }), fc.boolean(), trailersOf)
  .map(([chunks, signed, trailers]) => frame(chunks, signed, trailers));
const cutsOf = fc.array(fc.nat(), { maxLength: 30 });

describe('ChunkDecoder', () => {
  it('gives back the object however the framing is cut', () => {
    fc.assert(
      fc.property(framed, cutsOf, ({ body, object, options }, cuts) => {
        const decoded = decode(options, split(body, cuts));
        expect(decoded.object.equals(object)).toBe(true);
        expect([...decoded.trailers.keys()]).toEqual(options.trailerNames);
      }),
    );
    const byByte = frame([Buffer.from('hello'), Buffer.from(' world')], true, { 'x-amz-checksum-crc32': 'DUoRhQ==' });
    expect(decode(byByte.options, split(byByte.body, [...byByte.body.keys()])).object.toString()).toBe('hello world');
  });

  it('never gives out more than declared, nor fails otherwise than with an S3Error, on mutated framing', () => {
    const mutation = fc.record({ at: fc.nat(), remove: fc.nat({ max: 5 }), insert: fc.uint8Array({ maxLength: 5 }) });
    fc.assert(
      fc.property(framed, cutsOf, mutation, ({ body, object, options }, cuts, { at, remove, insert }) => {
        const place = at % body.length;
        const mutated = Buffer.concat([body.subarray(0, place), insert, body.subarray(place + remove)]);
        const decoder = new ChunkDecoder(options);
        let bytes = 0;
        try {
          for (const piece of split(mutated, cuts)) for (const slice of decoder.push(piece)) bytes += slice.length;
          decoder.end();
          expect(bytes).toBe(object.length);
        } catch (error) {
          expect(error).toBeInstanceOf(S3Error);
        }
        expect(bytes).toBeLessThanOrEqual(object.length);
      }),
      { numRuns: 1_000 },
    );
  });

  it('takes no other bytes for those that were signed, however the framing is damaged', () => {
    const damage = fc.array(
      fc.record({ at: fc.nat(), remove: fc.nat({ max: 80 }), insert: fc.uint8Array({ maxLength: 80 }) }),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    const signedOnly = framed.filter(({ options }) => options.signing !== undefined);
    fc.assert(
      fc.property(signedOnly, cutsOf, damage, ({ body, object, options }, cuts, wounds) => {
        let damaged = body;
        for (const { at, remove, insert } of wounds) {
          const place = at % (damaged.length + 1);
          damaged = Buffer.concat([damaged.subarray(0, place), insert, damaged.subarray(place + remove)]);
        }
        try {
          expect(decode(options, split(damaged, cuts)).object.equals(object)).toBe(true);
        } catch (error) {
          if (!(error instanceof S3Error)) throw error;
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('holds no more than one line of a stream that never ends, and gives it up there', () => {
    const endless = fc.tuple(
      fc.constantFrom('', '5', '0', '5;chunk-signature=', '5\r\nhello\r\n', '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:'),
      fc
        .uint8Array({ minLength: 1, maxLength: 2_000 })
        .map((noise) => Buffer.from(noise.filter((byte) => byte !== 0x0a))),
    );
    fc.assert(
      fc.property(endless, ([beginning, noise]) => {
        fc.pre(noise.length > 0);
        const decoder = new ChunkDecoder({ decodedBytes: 5, trailerNames: ['x-amz-checksum-crc32'], trailer: true });
        let pushedBytes = 0;
        let isRefused = false;
        try {
          decoder.push(Buffer.from(beginning));
          for (; pushedBytes <= chunkLineBytesMax; pushedBytes += noise.length) decoder.push(noise);
        } catch (error) {
          isRefused = error instanceof S3Error;
        }
        expect(isRefused).toBe(true);
      }),
    );
  });

  it('notices one changed byte anywhere in a signed body', () => {
    const { body, options } = frame([Buffer.from('hello'), Buffer.from('world')], true, {
      'x-amz-checksum-crc32': 'DUoRhQ==',
    });
    for (const index of body.keys()) {
      const changed = Buffer.from(body);
      changed[index] = (body[index] ?? 0) ^ 1;
      expect([index, code(options, changed)]).not.toEqual([index, 'accepted']);
    }
  });

  it('notices a chunk that was left out, repeated or moved', () => {
    const chunks = ['aaaa', 'bbbb', 'cccc'].map((text) => Buffer.from(text));
    const { body, options } = frame(chunks, true, {});
    const [first, second, third, rest] = body.toString().split(/(?<=aaaa\r\n|bbbb\r\n|cccc\r\n)/) as [
      string,
      string,
      string,
      string,
    ];
    expect(code(options, first + second + third + rest)).toBe('accepted');
    expect(code(options, second + first + third + rest)).toBe('SignatureDoesNotMatch');
    expect(code(options, first + first + third + rest)).toBe('SignatureDoesNotMatch');
    expect(code({ ...options, decodedBytes: 8 }, first + third + rest)).toBe('SignatureDoesNotMatch');
  });

  const plain: ChunkDecoderOptions = { decodedBytes: 5, trailerNames: ['x-amz-checksum-crc32'], trailer: true };
  const good = '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n';

  it.each<[string, string, S3ErrorCode | 'accepted']>([
    ['the body boto3 sends', good, 'accepted'],
    ['a chunk larger than declared', '6\r\nhello!\r\n0\r\n\r\n', 'IncompleteBody'],
    ['an enormous chunk', 'ffffffffffffff\r\n', 'IncompleteBody'],
    ['a size that is no safe number', 'fffffffffffffff\r\n', 'InvalidChunkSizeError'],
    ['a negative size', '-5\r\nhello\r\n', 'InvalidChunkSizeError'],
    ['a decimal point', '5.0\r\nhello\r\n', 'InvalidChunkSizeError'],
    ['an empty size', '\r\nhello\r\n', 'InvalidChunkSizeError'],
    ['a 0x size', '0x5\r\nhello\r\n', 'InvalidChunkSizeError'],
    ['a bare line feed', '5\nhello\n', 'InvalidChunkSizeError'],
    ['a size smaller than the data', '4\r\nhello\r\n', 'InvalidChunkSizeError'],
    ['an end before the declared length', '4\r\nhell\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n', 'IncompleteBody'],
    ['a body that stops inside a chunk', '5\r\nhel', 'IncompleteBody'],
    ['a body that stops before the trailer', '5\r\nhello\r\n0\r\n', 'IncompleteBody'],
    ['a body without its last line', good.slice(0, -2), 'IncompleteBody'],
    ['bytes after the end', `${good}more`, 'IncompleteBody'],
    ['a header line that never ends', 'a'.repeat(chunkLineBytesMax + 1), 'InvalidChunkSizeError'],
    ['an endless extension', `5;${'a'.repeat(chunkLineBytesMax)}\r\n`, 'InvalidChunkSizeError'],
    ['a missing trailer', '5\r\nhello\r\n0\r\n\r\n', 'MalformedTrailerError'],
    ['a trailer that was not announced', '5\r\nhello\r\n0\r\nx-amz-meta-a:1\r\n\r\n', 'MalformedTrailerError'],
    ['a repeated trailer', good.replace(/(x-amz.*\r\n)/, '$1$1'), 'MalformedTrailerError'],
    ['a trailer line without a colon', '5\r\nhello\r\n0\r\nnonsense\r\n\r\n', 'MalformedTrailerError'],
    ['a trailer that never ends', `5\r\nhello\r\n0\r\n${'a'.repeat(chunkLineBytesMax + 1)}`, 'MalformedTrailerError'],
  ])('%s', (_what, body, expected) => {
    expect(code(plain, body)).toBe(expected);
  });

  it('wants a trailer signature where chunks are signed, and no trailer where none belongs', () => {
    const withTrailer = frame([Buffer.from('hello')], true, { 'x-amz-checksum-crc32': 'NhCmhg==' });
    const text = withTrailer.body.toString();
    expect(code(withTrailer.options, text.replace(/x-amz-trailer-signature.*\r\n/, ''))).toBe('MalformedTrailerError');
    const without = frame([Buffer.from('hello')], true, {});
    const planted = without.body.toString().replace(/\r\n$/, 'x-amz-checksum-crc32:NhCmhg==\r\n\r\n');
    expect(code(without.options, planted)).toBe('IncompleteBody');
  });

  it('hands out slices of what it was given', () => {
    const bytes = Buffer.from(good);
    const [slice] = new ChunkDecoder(plain).push(bytes);
    expect(slice?.buffer).toBe(bytes.buffer);
  });
});
