import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Clock } from '#libs/clock';
import { Lifecycle } from '#libs/worker';
import { DomainError, type Caller } from '../http/index.js';
import { EventTail } from './event-tail.js';
import { EVENT_PAGE_MAX, Events, type PublishedEvent } from './events.js';
import { SseStream, lastEventId } from './sse.js';

/** How many readers one process serves at a time. */
const STREAMS_MAX = 1_000;

/** The open event streams of this process; each tells a caller only what the caller may see. */
@Injectable()
export class EventStreams {
  private readonly streams = new Set<SseStream>();

  constructor(
    private readonly events: Events,
    private readonly tail: EventTail,
    private readonly clock: Clock,
    lifecycle: Lifecycle,
  ) {
    lifecycle.onDraining(() => this.streams.forEach((stream) => stream.end()));
  }

  /** Streams what the caller missed since Last-Event-ID, then everything as it happens, until the reader goes. */
  async open(request: Request, response: Response, caller: Caller): Promise<void> {
    if (this.streams.size >= STREAMS_MAX)
      throw new DomainError('unavailable', 'not_ready', 'Too many event streams are open; try again later.', {
        headers: { 'Retry-After': '30' },
      });
    const stream = new SseStream(response, this.clock);
    this.streams.add(stream);
    // Subscribed before the past is read, so that nothing falls between the two; what both tell is told once.
    const waiting: PublishedEvent[] = [];
    let deliver = (event: PublishedEvent): void => void waiting.push(event);
    const unsubscribe = this.tail.subscribe((event) => deliver(event));
    stream.onClose(() => {
      unsubscribe();
      this.streams.delete(stream);
    });
    const told = await this.tellPast(stream, caller, lastEventId(request));
    deliver = (event) => tell(stream, caller, event);
    for (const event of waiting) if (event.sequence > told) deliver(event);
  }

  private async tellPast(stream: SseStream, caller: Caller, since: number | undefined): Promise<number> {
    if (since === undefined) return 0;
    let position = since;
    for (let full = true; full;) {
      const page = await this.events.after(position);
      for (const event of page) tell(stream, caller, event);
      position = page.at(-1)?.sequence ?? position;
      full = page.length === EVENT_PAGE_MAX;
    }
    return position;
  }
}

function tell(stream: SseStream, caller: Caller, event: PublishedEvent): void {
  const isVisible = event.userId === null || event.userId === caller.userId || caller.permissions.has('job.view.all');
  if (isVisible) stream.send({ event: event.type, data: event.payload, id: event.sequence });
}
