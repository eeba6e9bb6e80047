import type { Request, Response } from 'express';
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '#libs/clock';
import { Bodies } from './bodies.js';

const MEGABYTE = 1_048_576;

function delivery(): { request: PassThrough & Request; response: Response } {
  const request = Object.assign(new PassThrough({ highWaterMark: 16 * MEGABYTE }), { headers: {} });
  const response = Object.assign(new EventEmitter(), { setHeader: () => undefined });
  return { request: request as unknown as PassThrough & Request, response: response as unknown as Response };
}

describe('the bodies of webhooks', () => {
  it('hold bounded memory: large ones are turned away for a while, small ones never', async () => {
    const bodies = new Bodies(new ManualClock());
    const large = Array.from({ length: 6 }, delivery);
    const read = large.map(({ request, response }) => bodies.read(request, response));
    for (const { request } of large) request.end(Buffer.alloc(10 * MEGABYTE));
    await Promise.all(read);

    const another = delivery();
    const refused = bodies.read(another.request, another.response);
    another.request.end(Buffer.alloc(10 * MEGABYTE));
    await expect(refused).rejects.toMatchObject({ code: 'not_ready' });

    const small = delivery();
    small.request.end('{"type":"event"}');
    expect((await bodies.read(small.request, small.response)).toString()).toBe('{"type":"event"}');

    for (const { response } of [...large, another]) response.emit('close');
    const later = delivery();
    later.request.end(Buffer.alloc(10 * MEGABYTE));
    expect((await bodies.read(later.request, later.response)).length).toBe(10 * MEGABYTE);
  });

  it('are not waited for without end', async () => {
    const clock = new ManualClock();
    const { request, response } = delivery();
    const reading = new Bodies(clock).read(request, response);
    request.write('{');
    clock.advance(60_000);
    await expect(reading).rejects.toMatchObject({ code: 'request_timeout' });
  });
});
