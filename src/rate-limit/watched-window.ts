import { SlidingWindow, type WindowAnswer } from '#libs/state';
import { StateWatch } from '../state/index.js';

/** The shared window as requests may use it: never longer than the watch allows. Fails with `StateUnavailable`. */
export class WatchedWindow extends SlidingWindow {
  constructor(
    private readonly window: SlidingWindow,
    private readonly watch: StateWatch,
  ) {
    super();
  }

  override hit(key: string, limit: number, windowMs: number, cost = 1): Promise<WindowAnswer> {
    return this.watch.run(() => this.window.hit(key, limit, windowMs, cost));
  }

  override peek(key: string, limit: number, windowMs: number): Promise<WindowAnswer> {
    return this.watch.run(() => this.window.peek(key, limit, windowMs));
  }

  override refund(key: string, hit: WindowAnswer): Promise<void> {
    return this.watch.run(() => this.window.refund(key, hit));
  }

  override reset(key: string): Promise<void> {
    return this.watch.run(() => this.window.reset(key));
  }
}
