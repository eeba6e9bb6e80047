import type { Dispatcher } from 'undici';
import type { Clock, Stoppable } from '../clock/index.js';

/** The largest answer that is read; a longer one counts as broken. */
const ANSWER_BYTES_MAX = 33_554_432;

export type Phase = 'connect' | 'headers' | 'body';
export type PhaseTimeoutsMs = Readonly<Record<Phase, number>>;

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

/** A phase took longer than it may. */
export class PhaseTimeout extends Error {
  override readonly name = 'PhaseTimeout';

  constructor(readonly phase: Phase) {
    super(`Timeout: ${phase}`);
  }
}

/** One request and its whole answer, each phase under its own deadline. Redirects are answers like any other. */
export function exchange(
  dispatcher: Dispatcher,
  request: Dispatcher.DispatchOptions,
  timeoutsMs: PhaseTimeoutsMs,
  clock: Clock,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    dispatcher.dispatch(request, new Exchange(timeoutsMs, clock, resolve, reject));
  });
}

class Exchange implements Dispatcher.DispatchHandler {
  private timer: Stoppable;
  private controller: Dispatcher.DispatchController | undefined;
  private isOver = false;
  private status = 0;
  private headers: RawAnswer['headers'] = {};
  private readonly chunks: Buffer[] = [];
  private bytes = 0;

  constructor(
    private readonly timeoutsMs: PhaseTimeoutsMs,
    private readonly clock: Clock,
    private readonly resolve: (answer: RawAnswer) => void,
    private readonly reject: (error: Error) => void,
  ) {
    this.timer = this.begin('connect');
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.controller = controller;
    // Given up while it waited for a connection: it must not be sent any more.
    if (this.isOver) controller.abort(new Error('The request was given up'));
    else this.next('headers');
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: RawAnswer['headers']): void {
    this.status = status;
    this.headers = headers;
    // Informational answers come before the real one.
    if (status >= 200) this.next('body');
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.bytes += chunk.length;
    if (this.bytes > ANSWER_BYTES_MAX)
      this.fail(Object.assign(new Error('The answer is too long'), { code: 'TOO_LONG' }));
    else this.chunks.push(chunk);
  }

  onResponseEnd(): void {
    this.finish(() =>
      this.resolve({ status: this.status, headers: this.headers, body: Buffer.concat(this.chunks, this.bytes) }),
    );
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.finish(() => this.reject(error));
  }

  private next(phase: Phase): void {
    this.timer.stop();
    this.timer = this.begin(phase);
  }

  private begin(phase: Phase): Stoppable {
    return this.clock.after(this.timeoutsMs[phase], () => this.fail(new PhaseTimeout(phase)));
  }

  private fail(error: Error): void {
    this.finish(() => this.reject(error));
    this.controller?.abort(error);
  }

  private finish(tell: () => void): void {
    if (this.isOver) return;
    this.isOver = true;
    this.timer.stop();
    tell();
  }
}
