import type { Request, Response } from 'express';
import type { Clock } from '#libs/clock';

/** Proxies close connections that are silent for a minute; contract §5 promises a sign of life every 15 s. */
const HEARTBEAT_INTERVAL_MS = 15_000;
/** A reader that lets this much pile up is too slow and is cut off; it resumes with Last-Event-ID. */
const BACKLOG_BYTES_MAX = 1_048_576;

export interface SseMessage {
  readonly event: string;
  readonly data: unknown;
  readonly id?: string | number;
}

/** One stream of server-sent events (HTML living standard, §9.2) to one reader. */
export class SseStream {
  constructor(
    private readonly response: Response,
    clock: Clock,
  ) {
    response
      .status(200)
      .set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
    response.flushHeaders();
    // Nothing but the headers was asked for: without an end they would be waited for in vain.
    if (response.req.method === 'HEAD') response.end();
    const heartbeat = clock.every(HEARTBEAT_INTERVAL_MS, () => {
      this.send({ event: 'heartbeat', data: { timestamp: new Date(clock.now()).toISOString() } });
    });
    response.once('close', () => heartbeat.stop());
  }

  send({ event, data, id }: SseMessage): void {
    if (this.response.writableEnded || this.response.destroyed) return;
    const lines = [`event: ${event}`, ...(id === undefined ? [] : [`id: ${id}`]), `data: ${JSON.stringify(data)}`];
    this.response.write(`${lines.join('\n')}\n\n`);
    if (this.response.writableLength > BACKLOG_BYTES_MAX) this.response.destroy();
  }

  /** Calls `work` once the reader has gone. */
  onClose(work: () => void): void {
    this.response.once('close', work);
  }

  end(): void {
    this.response.end();
  }
}

/** The largest number that the column of event numbers holds. */
const SEQUENCE_MAX = 2_147_483_647;

/** The number in the Last-Event-ID header, or undefined when a reader begins anew. */
export function lastEventId(request: Request): number | undefined {
  const header = request.headers['last-event-id'];
  if (typeof header !== 'string' || !/^\d{1,10}$/.test(header)) return undefined;
  return Number(header) <= SEQUENCE_MAX ? Number(header) : undefined;
}
