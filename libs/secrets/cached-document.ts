import type { Clock } from '../clock/index.js';
import { getLogger } from '../log/index.js';
import type { Document } from './document.js';
import { secretsLimits, type ReadPolicy } from './limits.js';
import { SecretSource, type FoundSecret, type SourceName, type SourceState } from './secret-source.js';
import { reasonOf } from './source-fault.js';
import { withinTime } from './within-time.js';

const log = getLogger('secrets');

/** What a reader found: all secrets, or why there is nothing although the source answers. */
export interface ReadDocument {
  readonly document: Document;
  /** Finishes the sentence that begins with the label, e.g. `holds no secret named "simpletuner"`. */
  readonly absence?: string;
}

/** Reads all secrets of a source at once. */
export abstract class DocumentReader {
  abstract readonly name: SourceName;
  abstract readonly label: string;
  /** @throws SourceFault, or any error of a client, of which only its code is told. */
  abstract read(signal: AbortSignal): Promise<ReadDocument>;
  /** Called every few seconds between reads, e.g. to renew a token. */
  tend(_signal: AbortSignal): Promise<void> {
    return Promise.resolve();
  }
  close(): void {
    // Most readers hold nothing open.
  }
}

interface Failure {
  readonly reason: string;
  readonly sinceMs: number;
  readonly count: number;
}

/** What caching takes from outside. `random` gives numbers from 0 up to 1. */
export interface CacheWorld {
  readonly clock: Clock;
  readonly random: () => number;
}

/**
 * A source that is read as a whole: one read serves everybody who asks meanwhile, its result counts until it is too old, and the last
 * good result counts while reads fail. A failed first read is no result: it is repeated, after a pause.
 */
export class CachedDocument extends SecretSource {
  private current: (ReadDocument & { readonly readAtMs: number }) | undefined;
  private dueAtMs = -Infinity;
  private lastTryMs = -Infinity;
  private failure: Failure | undefined;
  private reading: Promise<void> | undefined;

  constructor(
    private readonly reader: DocumentReader,
    private readonly policy: ReadPolicy,
    private readonly world: CacheWorld,
  ) {
    super();
  }

  override get name(): SourceName {
    return this.reader.name;
  }

  override async find(name: string): Promise<FoundSecret | undefined> {
    await this.settle(this.isDue() || this.isMissDue(name));
    return this.peek(name);
  }

  override peek(name: string): FoundSecret | undefined {
    const value = this.current?.document.get(name);
    return this.current && value !== undefined ? { value, ageMs: this.nowMs - this.current.readAtMs } : undefined;
  }

  override async refresh(): Promise<void> {
    if (this.nowMs - this.lastTryMs >= this.policy.refreshMinMs) await this.read();
    else await this.reading;
  }

  override async keepFresh(): Promise<void> {
    const ahead = this.failure ? 0 : this.policy.ttlMs * (1 - secretsLimits.keepFreshShare);
    if (this.nowMs >= this.dueAtMs - ahead) return this.read();
    try {
      await withinTime(this.world.clock, this.policy.timeoutMs, (signal) => this.reader.tend(signal));
    } catch (error) {
      log.warning('A source of secrets could not be tended; trying again', {
        source: this.name,
        reason: reasonOf(error),
      });
    }
  }

  override async names(): Promise<readonly string[]> {
    await this.settle(this.isDue());
    return [...(this.current?.document.keys() ?? [])];
  }

  override state(): SourceState {
    const { name, failure, current } = this;
    return {
      name,
      label: this.reader.label,
      trouble: failure?.reason ?? current?.absence,
      failingForMs: failure && this.nowMs - failure.sinceMs,
      isRead: current !== undefined,
    };
  }

  override close(): void {
    this.reader.close();
  }

  private get nowMs(): number {
    return this.world.clock.monotonicMs();
  }

  /** Nobody waits for a service that fails, nor for news of a value that is young enough. */
  private async settle(isDue: boolean): Promise<void> {
    const reading = isDue ? this.read() : this.reading;
    const isWorthWaiting = isDue && (!this.failure || this.policy.waitsForRetry);
    if (reading && (!this.current || isWorthWaiting)) await reading;
  }

  private isDue(): boolean {
    return this.nowMs >= this.dueAtMs;
  }

  private isMissDue(name: string): boolean {
    const isMissing = this.current?.document.has(name) === false;
    return isMissing && !this.failure && this.nowMs - this.lastTryMs >= this.policy.missTtlMs;
  }

  private read(): Promise<void> {
    this.reading ??= this.readOnce().finally(() => (this.reading = undefined));
    return this.reading;
  }

  private async readOnce(): Promise<void> {
    const { clock, random } = this.world;
    const { timeoutMs, ttlMs, ttlJitter } = this.policy;
    this.lastTryMs = this.nowMs;
    try {
      const found = await withinTime(clock, timeoutMs, (signal) => this.reader.read(signal));
      this.current = { ...found, readAtMs: this.nowMs };
      this.dueAtMs = this.nowMs + ttlMs * (1 + ttlJitter * (2 * random() - 1));
      this.noteSuccess();
    } catch (error) {
      this.noteFailure(reasonOf(error));
    }
  }

  private noteSuccess(): void {
    if (this.failure)
      log.info('A source of secrets answers again', {
        source: this.name,
        failed_for_ms: Math.round(this.nowMs - this.failure.sinceMs),
      });
    this.failure = undefined;
  }

  private noteFailure(reason: string): void {
    const { retryMinMs, retryMaxMs } = this.policy;
    const count = (this.failure?.count ?? 0) + 1;
    if (this.failure?.reason !== reason)
      log.warning(`A source of secrets fails: ${this.reader.label} ${reason}`, {
        source: this.name,
        last_good_values: this.current !== undefined,
      });
    this.failure = { reason, count, sinceMs: this.failure?.sinceMs ?? this.nowMs };
    this.dueAtMs = this.nowMs + Math.min(retryMaxMs, retryMinMs * 2 ** Math.min(count - 1, 20));
  }
}
