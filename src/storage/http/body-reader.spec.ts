import { PassThrough } from 'node:stream';
import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '#libs/clock';
import { S3Error, type Payload } from '#libs/s3';
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
    return Buffer.concat(pieces).toString();
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
});
