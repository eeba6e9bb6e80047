import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { registerSecret } from '#libs/log';
import { AuditLog } from '../audit/index.js';
import { Config, Keyring } from '../config/index.js';
import { Database } from '../database/index.js';
import { DomainError, type Actor } from '../http/index.js';
import { environmentFields } from './environment-fields.js';
import { fieldsOf, type OwnSettings, type ProviderSettings } from './provider-fields.js';
import {
  effectiveValues,
  mergeSettings,
  shownValues,
  type DescribedSettings,
  type StoredFields,
} from './provider-settings.js';
import { ProviderSettingsRepository, type StoredSettings } from './provider-settings.repository.js';
import { seal, unseal } from './sealed-text.js';

/** How old settings may be that another replica has changed; a change made here counts at once. */
const CACHE_MS = 1_000;
/** How often a write without If-Match is tried again when others write at the same moment. */
const WRITE_ATTEMPTS_MAX = 10;
const SEALING = 'provider-settings';

interface Cached {
  readonly atMs: number;
  readonly values: Promise<Record<string, unknown>>;
}

export interface SettingsChange {
  readonly provider: string;
  readonly change: Readonly<Record<string, unknown>>;
  /** Versions one of which must still be the current one, or undefined to merge into whatever is there. */
  readonly ifVersions: readonly number[] | undefined;
  readonly actor: Actor;
}

/** Configuration and time, which the settings need beside their stores. */
@Injectable()
export class SettingsWorld {
  constructor(
    readonly config: Config,
    readonly clock: Clock,
  ) {}
}

/** What each provider has been told: read by everything that talks to it, changed by admins. */
@Injectable()
export class ProviderSettingsService {
  private readonly cache = new Map<string, Cached>();
  private readonly environment: StoredFields;
  private readonly listeners: ((provider: string) => void)[] = [];

  constructor(
    private readonly repository: ProviderSettingsRepository,
    private readonly database: Database,
    private readonly audit: AuditLog,
    private readonly keyring: Keyring,
    private readonly world: SettingsWorld,
  ) {
    this.environment = environmentFields(world.config);
  }

  /** The settings that count now (environment over stored over default), at most CACHE_MS old. */
  get<Name extends keyof OwnSettings>(provider: Name): Promise<ProviderSettings & OwnSettings[Name]>;
  get(provider: string): Promise<ProviderSettings>;
  async get(provider: string): Promise<ProviderSettings> {
    const nowMs = this.world.clock.monotonicMs();
    let cached = this.cache.get(provider);
    if (!cached || nowMs - cached.atMs > CACHE_MS) {
      cached = { atMs: nowMs, values: this.read(provider).then(({ values }) => values) };
      this.cache.set(provider, cached);
      cached.values.catch(() => this.cache.delete(provider));
    }
    return (await cached.values) as ProviderSettings;
  }

  /** Calls `listener` after every change that was made here. */
  onChanged(listener: (provider: string) => void): void {
    this.listeners.push(listener);
  }

  /** Every field with its value and where it came from; secrets masked. */
  async describe(provider: string): Promise<DescribedSettings> {
    const { stored, values, sources } = await this.read(provider);
    return {
      provider,
      version: stored?.version ?? 0,
      updatedAtMs: stored?.updatedAtMs ?? null,
      values: shownValues(provider, values),
      sources,
    };
  }

  /**
   * Merges a partial change into the stored settings and audits the names of what changed, in one transaction.
   * @throws DomainError validation_error 422, invalid_input 400 (allow-list), precondition_failed 412.
   */
  async change(wish: SettingsChange): Promise<DescribedSettings> {
    for (let attempt = 1; !(await this.tryChange(wish)); attempt += 1) {
      if (wish.ifVersions) throw changedMeanwhile();
      if (attempt === WRITE_ATTEMPTS_MAX)
        throw new DomainError('conflict', 'conflict', 'These settings are being changed by others; try again.');
    }
    return this.describe(wish.provider);
  }

  /** False when somebody else wrote between the read and the write. */
  private async tryChange({ provider, change, ifVersions, actor }: SettingsChange): Promise<boolean> {
    const stored = await this.repository.read(provider);
    const version = stored?.version ?? 0;
    if (ifVersions && !ifVersions.includes(version)) throw changedMeanwhile();
    const { fields, changed } = await mergeSettings(provider, this.open(provider, stored), change);
    if (changed.length === 0) return true;
    const sealed = this.close(provider, fields);
    const updatedAtMs = this.world.clock.now();
    return this.database.transaction(async () => {
      if (!(await this.repository.replace({ provider, fields: sealed, version: version + 1, updatedAtMs })))
        return false;
      await this.audit.record({
        type: 'provider.configured',
        actor,
        targetType: 'provider',
        targetId: provider,
        details: { changed: changed.sort() },
      });
      this.database.afterCommit(() => this.announce(provider));
      return true;
    });
  }

  private announce(provider: string): void {
    this.cache.delete(provider);
    for (const listener of this.listeners) listener(provider);
  }

  private async read(
    provider: string,
  ): Promise<{ stored: StoredSettings | undefined } & ReturnType<typeof effectiveValues>> {
    const stored = await this.repository.read(provider);
    return { stored, ...effectiveValues(provider, this.open(provider, stored), this.environment) };
  }

  /** Secret fields are stored sealed. One that no key opens any more counts as not set. */
  private open(provider: string, stored: StoredSettings | undefined): StoredFields {
    const fields = new Map(Object.entries(stored?.fields ?? {}));
    for (const name of secretNames(provider).filter((secret) => fields.has(secret))) {
      const text = unseal(String(fields.get(name)), this.keyring.deriveWithAll(SEALING), `${provider}.${name}`);
      if (text === undefined) fields.delete(name);
      else {
        registerSecret(passwordOf(text));
        fields.set(name, text);
      }
    }
    return Object.fromEntries(fields);
  }

  private close(provider: string, fields: StoredFields): StoredFields {
    const sealed: Record<string, unknown> = { ...fields };
    for (const name of secretNames(provider).filter((secret) => typeof fields[secret] === 'string')) {
      sealed[name] = seal(fields[name] as string, this.keyring.derive(SEALING), `${provider}.${name}`);
    }
    return sealed;
  }
}

function secretNames(provider: string): string[] {
  return Object.entries(fieldsOf(provider))
    .filter(([, { isSecret }]) => isSecret)
    .map(([name]) => name);
}

function passwordOf(url: string): string {
  return URL.canParse(url) ? decodeURIComponent(new URL(url).password) : '';
}

function changedMeanwhile(): DomainError {
  return new DomainError(
    'precondition',
    'precondition_failed',
    'These settings have been changed since they were read: read them again, then repeat the change.',
  );
}
