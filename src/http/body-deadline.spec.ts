import type { Response } from 'express';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '#libs/clock';
import { withinBodyDeadline } from './body-deadline.js';

function fakeResponse(): { response: Response; headers: Map<string, string> } {
  const headers = new Map<string, string>();
  return {
    headers,
    response: { setHeader: (name: string, value: string) => headers.set(name, value) } as unknown as Response,
  };
}

describe('the deadline of a body', () => {
  it('gives back what was read in time, or why it could not be read', async () => {
    const { response, headers } = fakeResponse();
    const clock = new ManualClock();
    await expect(withinBodyDeadline(clock, response, Promise.resolve('body'))).resolves.toBe('body');
    await expect(withinBodyDeadline(clock, response, Promise.reject(new Error('cut off')))).rejects.toThrow('cut off');
    expect(headers.size).toBe(0);
  });

  it('ends the wait for a body that never comes, and the connection with it', async () => {
    const { response, headers } = fakeResponse();
    const clock = new ManualClock();
    const reading = withinBodyDeadline(clock, response, new Promise(() => undefined));
    clock.advance(60_000);
    await expect(reading).rejects.toMatchObject({ code: 'request_timeout' });
    expect(headers.get('Connection')).toBe('close');
  });
});
