import type { Clock } from '#libs/clock';
import { registerSecret } from '#libs/log';
import { isWebhookSecret } from '#libs/webhook-signature';
import { DomainError } from '../../http/index.js';
import type { ReplicateApi } from './replicate-api.js';

const CACHE_MS = 300_000;
/** After a failure, and out of turn after having asked so, nobody asks for so long: anyone may send a webhook. */
const PAUSE_MS = 10_000;
/** How long a secret counts that has been replaced: what it has signed may still be on its way. */
const PREVIOUS_COUNTS_MS = 600_000;

interface Known {
  readonly value: string;
  readonly askedAtMs: number;
}

/**
 * The secret with which Replicate signs webhooks: asked for every five minutes, and out of turn when a signature matches none;
 * the last one known while it cannot be asked for. Those that arrive together ask once.
 */
export class ReplicateWebhookSecret {
  private current: Known | undefined;
  private previous: { readonly value: string; readonly untilMs: number } | undefined;
  private asking: Promise<void> | undefined;
  private askAfterFailureAtMs = Number.NEGATIVE_INFINITY;
  /** Of its own: who forges signatures must not keep us from the regular question. */
  private askOutOfTurnAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly api: Pick<ReplicateApi, 'get'>,
    private readonly clock: Clock,
  ) {}

  /** The current one, and the one before it for a while; empty while none is known. */
  async all(): Promise<readonly string[]> {
    const isFresh = this.current && this.clock.monotonicMs() - this.current.askedAtMs < CACHE_MS;
    if (!isFresh && this.clock.monotonicMs() >= this.askAfterFailureAtMs) await this.ask();
    return this.known();
  }

  /** Asks for what may have come after `known`; undefined when there is nothing, or it was asked a moment ago. */
  async newer(known: readonly string[]): Promise<readonly string[] | undefined> {
    if (this.isAmong(known) && (this.asking || this.mayAskOutOfTurn)) {
      await this.ask();
      this.askOutOfTurnAtMs = this.clock.monotonicMs() + PAUSE_MS;
    }
    return this.isAmong(known) ? undefined : this.known();
  }

  private isAmong(known: readonly string[]): boolean {
    return this.current === undefined || known.includes(this.current.value);
  }

  private known(): readonly string[] {
    const { current, previous } = this;
    const counts = previous !== undefined && this.clock.monotonicMs() < previous.untilMs;
    return [...(current ? [current.value] : []), ...(counts ? [previous.value] : [])];
  }

  private get mayAskOutOfTurn(): boolean {
    return this.clock.monotonicMs() >= Math.max(this.askAfterFailureAtMs, this.askOutOfTurnAtMs);
  }

  private pauseAfterFailure(): void {
    this.askAfterFailureAtMs = this.clock.monotonicMs() + PAUSE_MS;
  }

  private ask(): Promise<void> {
    this.asking ??= this.fetch().finally(() => {
      this.asking = undefined;
    });
    return this.asking;
  }

  private async fetch(): Promise<void> {
    try {
      const answer = await this.api.get('/webhooks/default/secret');
      const { key } = (answer ?? {}) as { key?: unknown };
      if (typeof key === 'string' && isWebhookSecret(key)) this.take(key);
      else this.pauseAfterFailure();
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      this.pauseAfterFailure();
    }
  }

  private take(value: string): void {
    registerSecret(value);
    const nowMs = this.clock.monotonicMs();
    const replaced = this.current?.value;
    if (replaced !== undefined && replaced !== value)
      this.previous = { value: replaced, untilMs: nowMs + PREVIOUS_COUNTS_MS };
    this.current = { value, askedAtMs: nowMs };
  }
}
