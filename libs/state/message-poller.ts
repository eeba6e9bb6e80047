import type { Clock, Stoppable } from '../clock/index.js';
import { checkKey } from './limits.js';
import type { Subscription } from './state-store.js';

export interface StoredMessage {
  readonly id: number;
  readonly channel: string;
  readonly message: string;
}

/** How a store without notifications is asked. */
export interface MessageSource {
  newestId(): Promise<number>;
  /** Messages with an id above `afterId`, in order, at most `rowsMax`. */
  readMessages(afterId: number, rowsMax: number): Promise<readonly StoredMessage[]>;
}

const pollMs = 100;
const rowsMax = 1_000;
/** Messages are swept after this time; a subscriber that is cut off for longer misses them. */
export const messageKeptMs = 60_000;

/** Subscriptions over a table of messages, asked ten times a second while anyone listens. */
export class MessagePoller {
  private readonly handlers = new Map<string, Set<(message: string) => void>>();
  private ticking: Stoppable | undefined;
  private starting: Promise<void> | undefined;
  private polling: Promise<void> | undefined;
  private floorId = 0;
  private highestId = 0;
  private seen = new Set<number>();

  constructor(
    private readonly source: MessageSource,
    private readonly clock: Clock,
  ) {}

  async subscribe(channel: string, handler: (message: string) => void): Promise<Subscription> {
    checkKey(channel);
    // One start for all who come meanwhile: a second one would skip what the first subscriber has yet to read.
    if (!this.ticking) await (this.starting ??= this.start().finally(() => (this.starting = undefined)));
    const listener = (message: string): void => handler(message);
    const listeners = this.handlers.get(channel) ?? new Set();
    this.handlers.set(channel, listeners.add(listener));
    return {
      unsubscribe: async () => {
        listeners.delete(listener);
        if (listeners.size === 0 && this.handlers.get(channel) === listeners) this.handlers.delete(channel);
        if (this.handlers.size === 0) this.stop();
        await this.polling;
      },
    };
  }

  stop(): void {
    this.ticking?.stop();
    this.ticking = undefined;
    this.handlers.clear();
  }

  private async start(): Promise<void> {
    this.floorId = this.highestId = await this.source.newestId();
    this.seen.clear();
    // A poll that meets a lost store is repeated by the next tick; what was stored meanwhile is still delivered.
    this.ticking = this.clock.every(pollMs, () => {
      this.polling ??= this.poll()
        .catch(() => undefined)
        .finally(() => (this.polling = undefined));
    });
  }

  private async poll(): Promise<void> {
    const messages = await this.source.readMessages(this.floorId, rowsMax);
    const fresh = messages.filter(({ id }) => !this.seen.has(id));
    const highestBeforeId = this.highestId;
    for (const { id } of fresh) {
      this.seen.add(id);
      this.highestId = Math.max(this.highestId, id);
    }
    // Ids are given before rows become visible, so a smaller id may appear later: one poll's worth is read twice.
    this.floorId = messages.length === rowsMax ? this.highestId : highestBeforeId;
    this.seen = new Set([...this.seen].filter((id) => id > this.floorId));
    for (const { channel, message } of fresh)
      for (const listener of this.handlers.get(channel) ?? []) listener(message);
  }
}
