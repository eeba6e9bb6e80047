import { randomUUID } from 'node:crypto';
import { Pool } from 'undici';
import { signWebhook } from '#libs/webhook-signature';
import type { Receiver } from './receivers.js';

export interface WebhookSender {
  /** Sends one new, signed event and waits for its receipt. */
  send(index: number): Promise<void>;
  close(): Promise<void>;
}

/** Over at most so many connections at once. */
export function senderTo({ url, secret }: Receiver, connections: number): WebhookSender {
  const { origin, pathname, search } = new URL(url);
  const pool = new Pool(origin, { connections });
  return {
    send: async (index) => {
      const progress = { current: index, total: 1_000_000 };
      const body = JSON.stringify({
        type: 'training.progress',
        progress,
        message: 'loss 0.1234, 2.5 it/s',
        job: 'x'.repeat(200),
      });
      const signed = signWebhook({ id: randomUUID(), timeMs: Date.now(), body, secrets: [secret] });
      const headers = { ...signed, 'content-type': 'application/json' };
      const answer = await pool.request({ path: `${pathname}${search}`, method: 'POST', headers, body });
      const text = await answer.body.text();
      if (answer.statusCode !== 200 || !text.includes('received')) throw new Error(`${answer.statusCode} ${text}`);
    },
    close: () => pool.close(),
  };
}
