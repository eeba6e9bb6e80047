import { connect, type AddressInfo } from 'node:net';
import { PassThrough } from 'node:stream';
import { createServer, type IncomingMessage } from 'node:http';
import { crc32 } from '@node-rs/crc32';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '#libs/clock';
import {
  digestsToCompute,
  HashPool,
  HeaderMap,
  readExpectedDigests,
  S3Error,
  verifyDigests,
  type Payload,
} from '#libs/s3';
import { storageLimits } from '../storage.limits.js';
import { BodyReader, ClientGoneError } from './body-reader.js';

const plain = (decodedBytes?: number): Payload => ({ mode: { kind: 'unsigned' }, decodedBytes, trailerNames: [] });
const tooLarge = (): S3Error => new S3Error('EntityTooLarge', 'too large');

function read(payload: Payload, bytesMax = 1_000) {
  const stream = new PassThrough();
  const clock = new ManualClock();
  const reader = new BodyReader(
    stream as unknown as IncomingMessage,
    { payload, signing: undefined, bytesMax, tooLarge },
    clock,
  );
  const pieces: Buffer[] = [];
  let hasContinued = false;
  const done = (async () => {
    for await (const piece of reader.pieces(() => (hasContinued = true))) pieces.push(piece);
    return Buffer.concat(pieces).toString('latin1');
  })();
  done.catch(() => undefined);
  return { stream, clock, reader, done, hasContinued: () => hasContinued };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('BodyReader', () => {
  it('hands on a plain body, asked for first', async () => {
    const { stream, done, hasContinued } = read(plain(10));
    await turn();
    expect(hasContinued()).toBe(true);
    stream.write('hello');
    await turn();
    stream.end('world');
    expect(await done).toBe('helloworld');
  });

  it('takes an empty body and one of unknown length', async () => {
    const empty = read(plain(0));
    empty.stream.end();
    expect(await empty.done).toBe('');
    const unknown = read(plain());
    unknown.stream.end('some');
    expect(await unknown.done).toBe('some');
  });

  it('takes the framing off and keeps the trailers', async () => {
    const trailer = 'x-amz-checksum-crc32';
    const chunked = { kind: 'chunked', signed: false, trailer: true } as const;
    const { stream, done, reader } = read({ mode: chunked, decodedBytes: 5, trailerNames: [trailer] });
    for (const byte of `5\r\nhello\r\n0\r\n${trailer}:NhCmhg==\r\n\r\n`) stream.write(byte);
    stream.end();
    expect(await done).toBe('hello');
    expect(reader.trailers.get(trailer)).toBe('NhCmhg==');
  });

  it.each([
    ['shorter than announced', 'hell', 5, 1_000, 'IncompleteBody'],
    ['longer than announced', 'hello!', 5, 1_000, 'IncompleteBody'],
    ['longer than allowed', 'hello!', undefined, 5, 'EntityTooLarge'],
  ])('refuses a body that is %s', async (_, text, announced, bytesMax, code) => {
    const { stream, done } = read(plain(announced), bytesMax);
    stream.end(text);
    await expect(done).rejects.toMatchObject({ code });
  });

  it('knows a client that hangs up', async () => {
    const { stream, done } = read(plain(10));
    stream.write('hel');
    await turn();
    stream.destroy();
    await expect(done).rejects.toBeInstanceOf(ClientGoneError);
  });

  it('cuts off a sender of one byte a second', async () => {
    const { stream, clock, done } = read(plain(100_000), 100_000);
    for (let second = 0; second <= storageLimits.uploadStallMs / 1_000; second += 1) {
      stream.write('x');
      await turn();
      clock.advance(1_000);
    }
    await expect(done).rejects.toMatchObject({ code: 'RequestTimeout' });
  });

  it('is patient with a sender that is slow but steady', async () => {
    const { stream, clock, done } = read(plain(400_000), 400_000);
    for (let second = 0; second < 100; second += 1) {
      stream.write(Buffer.alloc(4_000));
      await turn();
      clock.advance(1_000);
    }
    stream.end();
    expect(await done).toHaveLength(400_000);
  });

  it('cuts off a real connection on which one byte a second arrives', async () => {
    const clock = new ManualClock();
    const outcome = new Promise<unknown>((resolve) => {
      const server = createServer((request, response) => {
        const rules = { payload: plain(100_000), signing: undefined, bytesMax: 100_000, tooLarge };
        const drain = async (): Promise<void> => {
          const pieces = new BodyReader(request, rules, clock).pieces(() => undefined);
          while (!(await pieces.next()).done);
        };
        drain().catch((error: unknown) => {
          response.destroy();
          server.close();
          resolve(error);
        });
      });
      server.listen(0, '127.0.0.1', () => void sendSlowly((server.address() as AddressInfo).port));
    });
    async function sendSlowly(port: number): Promise<void> {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write('PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n');
      while (!socket.destroyed) {
        socket.write('x');
        await turn();
        clock.advance(1_000);
      }
    }
    expect(await outcome).toMatchObject({ code: 'RequestTimeout' });
  });

  it('never lets damaged bytes pass that a checksum in the trailer was sent for', async () => {
    const trailer = 'x-amz-checksum-crc32';
    const chunked = { kind: 'chunked', signed: false, trailer: true } as const;
    const wound = fc.record({ at: fc.nat(), remove: fc.nat({ max: 6 }), insert: fc.uint8Array({ maxLength: 6 }) });
    const body = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { maxLength: 4 });
    const property = fc.asyncProperty(body, fc.array(wound, { maxLength: 3 }), async (chunks, wounds) => {
      const object = Buffer.concat(chunks);
      const digest = Buffer.alloc(4);
      digest.writeUInt32BE(crc32(object));
      const frames = chunks.map((chunk) =>
        Buffer.concat([Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n')]),
      );
      let sent = Buffer.concat([...frames, Buffer.from(`0\r\n${trailer}:${digest.toString('base64')}\r\n\r\n`)]);
      for (const { at, remove, insert } of wounds) {
        const place = at % (sent.length + 1);
        sent = Buffer.concat([sent.subarray(0, place), insert, sent.subarray(place + remove)]);
      }
      const headers = HeaderMap.of({ 'x-amz-trailer': trailer, 'x-amz-decoded-content-length': String(object.length) });
      const payload = { mode: chunked, decodedBytes: object.length, trailerNames: [trailer] };
      const { stream, done, reader } = read(payload, 1_000);
      for (let start = 0; start < sent.length; start += 7) stream.write(sent.subarray(start, start + 7));
      stream.end();
      try {
        const taken = Buffer.from(await done, 'latin1');
        const expected = readExpectedDigests(headers, payload);
        verifyDigests(expected, await HashPool.digestInline(digestsToCompute(expected), [taken]), reader.trailers);
        expect(taken.equals(object)).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(S3Error);
        // Whole bodies are never refused.
        expect(wounds.length).toBeGreaterThan(0);
      }
    });
    await fc.assert(property, { numRuns: 300 });
  });
});
