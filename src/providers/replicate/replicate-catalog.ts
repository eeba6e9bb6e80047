import type { Clock } from '#libs/clock';
import { DomainError } from '../../http/index.js';
import type { ReplicateApi } from './replicate-api.js';

const CACHE_MS = 300_000;

interface Cached<T> {
  readonly atMs: number;
  readonly value: T;
}

/** What changes seldom at Replicate, asked for every five minutes at most: the versions of models. */
export class ReplicateCatalog {
  private readonly versions = new Map<string, Cached<string>>();

  constructor(
    private readonly api: ReplicateApi,
    private readonly clock: Clock,
  ) {}

  /** The newest version of a model. @throws DomainError provider_error when there is none. */
  async newestVersion(model: string): Promise<string> {
    const cached = this.versions.get(model);
    if (cached && this.isFresh(cached)) return cached.value;
    const answer = (await this.api.get(`/models/${model}/versions`)) as
      { results?: { id?: unknown; created_at?: unknown }[] } | undefined;
    const newest = [...(answer?.results ?? [])]
      .filter((version): version is { id: string; created_at: string } => typeof version.id === 'string')
      .sort((one, other) => Date.parse(other.created_at) - Date.parse(one.created_at))[0];
    if (!newest)
      throw new DomainError('provider', 'provider_error', `Replicate knows no version of the model ${model}.`);
    this.versions.set(model, { atMs: this.clock.monotonicMs(), value: newest.id });
    return newest.id;
  }

  private isFresh({ atMs }: Cached<unknown>): boolean {
    return this.clock.monotonicMs() - atMs < CACHE_MS;
  }
}
