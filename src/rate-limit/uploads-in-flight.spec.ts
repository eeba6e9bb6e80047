import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { ManualClock } from '#libs/clock';
import { rateLimitLimits } from './rate-limit.limits.js';
import { UploadsInFlight } from './uploads-in-flight.js';

const { uploadsInFlightMax, uploadsWaitingMax, uploadWaitMs } = rateLimitLimits;

/** An answer as far as the limit looks at it. */
class Answer extends EventEmitter {
  destroyed = false;

  end(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

function enter(uploads: UploadsInFlight, answer: Answer, job = 'a'): Promise<void> {
  return uploads.enter(job, answer as unknown as ServerResponse);
}

async function fill(uploads: UploadsInFlight): Promise<Answer[]> {
  const answers = Array.from({ length: uploadsInFlightMax }, () => new Answer());
  await Promise.all(answers.map((answer) => enter(uploads, answer)));
  return answers;
}

describe('uploads in flight', () => {
  it('wait for a place, and are told to slow down when none becomes free in time', async () => {
    const clock = new ManualClock();
    const uploads = new UploadsInFlight(clock);
    const [first] = await fill(uploads);
    const [second, third] = [enter(uploads, new Answer()), enter(uploads, new Answer())];
    first!.end();
    await second;
    clock.advance(uploadWaitMs);
    await expect(third).rejects.toMatchObject({ kind: 'limited', extras: { headers: { 'Retry-After': '1' } } });
    await enter(uploads, new Answer(), 'b');
  });

  it('are refused at once when too many wait', async () => {
    const clock = new ManualClock();
    const uploads = new UploadsInFlight(clock);
    await fill(uploads);
    const waiting = Array.from({ length: uploadsWaitingMax }, () => enter(uploads, new Answer()));
    await expect(enter(uploads, new Answer())).rejects.toMatchObject({ kind: 'limited' });
    clock.advance(uploadWaitMs);
    const outcomes = await Promise.allSettled(waiting);
    expect(outcomes.map(({ status }) => status)).toEqual(waiting.map(() => 'rejected'));
  });

  it('give their place on when their client has gone while they waited', async () => {
    const uploads = new UploadsInFlight(new ManualClock());
    const answers = await fill(uploads);
    const gone = new Answer();
    const [second, third] = [enter(uploads, gone), enter(uploads, new Answer())];
    gone.end();
    answers[0]!.end();
    await Promise.all([second, third]);
    for (const answer of answers.slice(1)) answer.end();
    // All places but the third's are free again.
    await Promise.all(answers.slice(1).map(() => enter(uploads, new Answer())));
  });
});
