import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';

/** What was asked of the provider since `round` was last called. */
export interface Round {
  readonly asked: number;
  readonly startedMs: number;
  readonly endedMs: number;
  /** The most requests that were under way at a time. */
  readonly atOnceMax: number;
}

/** Answers `GET /v1/predictions/{id}` as Replicate does for a run that goes on, each after the same time. */
export class SlowProvider {
  private readonly asked = new Set<string>();
  private startedMs = 0;
  private endedMs = 0;
  private atOnce = 0;
  private atOnceMax = 0;

  private readonly server = createServer((request, response) => {
    const id = /^\/v1\/predictions\/(\w+)$/.exec(request.url ?? '')?.[1];
    if (id === undefined) return void response.writeHead(404, { 'Content-Type': 'application/json' }).end('{}');
    void this.answer(id, response);
  });

  constructor(private readonly answerMs: number) {}

  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  get askedNow(): number {
    return this.asked.size;
  }

  /** Ends a round of questions and begins the next. */
  round(): Round {
    const { startedMs, endedMs, atOnceMax } = this;
    const asked = this.asked.size;
    this.asked.clear();
    this.atOnceMax = 0;
    return { asked, startedMs, endedMs, atOnceMax };
  }

  private async answer(id: string, response: ServerResponse): Promise<void> {
    if (this.asked.size === 0) this.startedMs = performance.now();
    this.asked.add(id);
    this.atOnce += 1;
    this.atOnceMax = Math.max(this.atOnceMax, this.atOnce);
    await sleep(this.answerMs);
    const body = JSON.stringify({
      id,
      model: 'simpletuner/advanced-trainer-h100',
      version: 'v',
      input: {},
      output: null,
      error: null,
      logs: 'Epoch 1/10, Steps:  10%|#         | 100/1000 [00:50<07:30,  2.00it/s, lr=1e-5, step_loss=0.1]\n',
      status: 'processing',
      metrics: {},
      created_at: '2026-11-25T00:00:00.000Z',
      started_at: '2026-11-25T00:00:05.000Z',
      completed_at: null,
    });
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(body);
    this.atOnce -= 1;
    this.endedMs = performance.now();
  }
}
