import { describe, expect, it, vi } from 'vitest';
import { ManualClock } from '../clock/index.js';
import { MessagePoller, type MessageSource, type StoredMessage } from './message-poller.js';

/** A table of messages whose newest id is told when the test says so. */
class Table implements MessageSource {
  readonly rows: StoredMessage[] = [];
  readonly asked: ((id: number) => void)[] = [];

  get newest(): number {
    return this.rows.length;
  }

  publish(message: string): void {
    this.rows.push({ id: this.newest + 1, channel: 'c', message });
  }

  newestId(): Promise<number> {
    return new Promise((resolve) => this.asked.push(resolve));
  }

  async readMessages(afterId: number): Promise<readonly StoredMessage[]> {
    return this.rows.filter(({ id }) => id > afterId);
  }
}

describe('MessagePoller', () => {
  it('delivers to a subscriber what is published while another one subscribes', async () => {
    const table = new Table();
    const clock = new ManualClock();
    const poller = new MessagePoller(table, clock);
    const heard: string[] = [];
    const first = poller.subscribe('c', (message) => heard.push(message));
    const second = poller.subscribe('c', () => undefined);
    table.asked.shift()?.(table.newest);
    await first;
    table.publish('hello');
    for (const answer of table.asked) answer(table.newest);
    await second;
    clock.advance(100);
    await vi.waitFor(() => expect(heard).toEqual(['hello']));
    poller.stop();
  });

  it('begins anew after a start that failed', async () => {
    const table = new Table();
    vi.spyOn(table, 'newestId').mockRejectedValueOnce(new Error('lost')).mockResolvedValueOnce(0);
    const clock = new ManualClock();
    const poller = new MessagePoller(table, clock);
    const heard: string[] = [];
    await expect(poller.subscribe('c', () => undefined)).rejects.toThrow('lost');
    await poller.subscribe('c', (message) => heard.push(message));
    table.publish('hello');
    clock.advance(100);
    await vi.waitFor(() => expect(heard).toEqual(['hello']));
    poller.stop();
  });
});
