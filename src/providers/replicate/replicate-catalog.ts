import type { Clock } from '#libs/clock';
import { registerSecret } from '#libs/log';
import { DomainError } from '../../http/index.js';
import type { ReplicateApi } from './replicate-api.js';

const CACHE_MS = 300_000;
const PAUSE_AFTER_FAILURE_MS = 10_000;
const SECRET = /^whsec_[A-Za-z0-9+/=]{8,512}$/;

interface Cached<T> {
  readonly atMs: number;
  readonly value: T;
}

/** What changes seldom at Replicate, asked for every five minutes at most: versions of models and the webhook secret. */
export class ReplicateCatalog {
  private readonly versions = new Map<string, Cached<string>>();
  private secret: Cached<string> | undefined;
  private asking: Promise<string | undefined> | undefined;
  private askAgainAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly api: ReplicateApi,
    private readonly clock: Clock,
  ) {}

  /** The newest version of a model. @throws DomainError provider_error when there is none. */
  async newestVersion(model: string): Promise<string> {
    const cached = this.versions.get(model);
    if (cached && this.isFresh(cached)) return cached.value;
    const answer = (await this.api.call({ method: 'GET', path: `/models/${model}/versions`, isRepeatable: true })) as
      { results?: { id?: unknown; created_at?: unknown }[] } | undefined;
    const newest = [...(answer?.results ?? [])]
      .filter((version): version is { id: string; created_at: string } => typeof version.id === 'string')
      .sort((one, other) => Date.parse(other.created_at) - Date.parse(one.created_at))[0];
    if (!newest)
      throw new DomainError('provider', 'provider_error', `Replicate knows no version of the model ${model}.`);
    this.versions.set(model, { atMs: this.clock.monotonicMs(), value: newest.id });
    return newest.id;
  }

  /**
   * The secret with which Replicate signs webhooks: the last one known while it cannot be asked for. Anyone may send a
   * webhook, so those that arrive together ask once, and after a failure nobody asks for a while.
   */
  webhookSecret(): Promise<string | undefined> {
    if (this.secret && this.isFresh(this.secret)) return Promise.resolve(this.secret.value);
    if (this.clock.monotonicMs() < this.askAgainAtMs) return Promise.resolve(this.secret?.value);
    this.asking ??= this.askForSecret().finally(() => {
      this.asking = undefined;
    });
    return this.asking;
  }

  private async askForSecret(): Promise<string | undefined> {
    try {
      const answer = await this.api.call({ method: 'GET', path: '/webhooks/default/secret', isRepeatable: true });
      const { key } = (answer ?? {}) as { key?: unknown };
      if (typeof key === 'string' && SECRET.test(key)) {
        registerSecret(key);
        this.secret = { atMs: this.clock.monotonicMs(), value: key };
        return key;
      }
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
    }
    this.askAgainAtMs = this.clock.monotonicMs() + PAUSE_AFTER_FAILURE_MS;
    return this.secret?.value;
  }

  private isFresh({ atMs }: Cached<unknown>): boolean {
    return this.clock.monotonicMs() - atMs < CACHE_MS;
  }
}
