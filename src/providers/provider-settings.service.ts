import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import { AuditLog, type AuditEvent } from '../audit/index.js';
import { Config, Keyring } from '../config/index.js';
import { Database } from '../database/index.js';
import { DomainError, type Actor } from '../http/index.js';
import { environmentFields } from './environment-fields.js';
import { insecureUntilMs, secured, unlessExpired, withExpiry } from './insecure-period.js';
import type { OwnSettings, ProviderSettings } from './provider-fields.js';
import {
  effectiveValues,
  mergeSettings,
  shownValues,
  type DescribedSettings,
  type StoredFields,
} from './provider-settings.js';
import { ProviderSettingsRepository, type StoredSettings } from './provider-settings.repository.js';
import { SettingsSealing } from './settings-sealing.js';
import type { Wish } from './wish.js';

/** How old settings may be that another replica has changed; a change made here counts at once. */
const CACHE_MS = 1_000;
/** How often a write without If-Match is tried again when others write at the same moment. */
const WRITE_ATTEMPTS_MAX = 10;
const log = getLogger('providers');

interface Cached {
  readonly atMs: number;
  readonly values: Promise<Record<string, unknown>>;
}

export interface SettingsChange extends Wish {
  readonly change: Readonly<Record<string, unknown>>;
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
  private readonly sealing: SettingsSealing;
  private readonly listeners: ((provider: string) => void)[] = [];

  constructor(
    private readonly repository: ProviderSettingsRepository,
    private readonly database: Database,
    private readonly audit: AuditLog,
    keyring: Keyring,
    private readonly world: SettingsWorld,
  ) {
    this.environment = environmentFields(world.config);
    this.sealing = new SettingsSealing(keyring);
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
      isInsecure: values['ssl_verify'] === false,
      sslVerifyExpiresAtMs:
        values['ssl_verify'] === false && sources['ssl_verify'] === 'stored' ? (insecureUntilMs(stored) ?? null) : null,
    };
  }

  /**
   * Merges a partial change into the stored settings and audits the names of what changed, in one transaction.
   * @throws DomainError validation_error 422, invalid_input 400 (allow-list), precondition_failed 412.
   */
  async change(wish: SettingsChange): Promise<DescribedSettings> {
    await this.untilWritten(wish.ifVersions, () => this.tryChange(wish));
    return this.describe(wish.provider);
  }

  /** The settings that would count after a change; nothing is stored. @throws DomainError as `change`. */
  async preview(
    provider: string,
    change: Readonly<Record<string, unknown>>,
  ): Promise<{ values: ProviderSettings; sources: DescribedSettings['sources'] }> {
    const stored = this.sealing.open(provider, await this.repository.read(provider));
    const { fields } = await mergeSettings(provider, unlessExpired(stored, this.world.clock.now()), change);
    const { values, sources } = effectiveValues(provider, fields, this.environment);
    return { values: values as unknown as ProviderSettings, sources };
  }

  /**
   * Records something that belongs to the provider but lies elsewhere, such as its token: the version grows, so that whoever
   * writes over what they have read is told. @throws DomainError precondition_failed 412.
   */
  async touch(provider: string, event: AuditEvent, ifVersions?: readonly number[]): Promise<void> {
    await this.untilWritten(ifVersions, async () => {
      const stored = await this.repository.read(provider);
      return this.replace(provider, this.sealing.open(provider, stored), versionIn(stored, ifVersions), event);
    });
  }

  /** Turns verification on again once its pause is over, and audits that; true when this call did it. */
  async endInsecurePeriod(provider: string): Promise<boolean> {
    const stored = await this.repository.read(provider);
    const opened = this.sealing.open(provider, stored);
    const untilMs = insecureUntilMs(opened);
    if (untilMs === undefined || untilMs > this.world.clock.now()) return false;
    const details = { changed: ['ssl_verify'], reason: 'the day without verification is over' };
    const event = configured(provider, { id: 'system', userId: null, address: null }, details);
    return this.replace(provider, { ...opened, fields: secured(opened?.fields ?? {}) }, versionIn(stored), event);
  }

  /** False when somebody else wrote between the read and the write. */
  private async tryChange({ provider, change, ifVersions, actor }: SettingsChange): Promise<boolean> {
    const stored = await this.repository.read(provider);
    const version = versionIn(stored, ifVersions);
    const before = this.sealing.open(provider, stored);
    const merged = await mergeSettings(provider, before?.fields ?? {}, change);
    const fields = withExpiry(merged.fields, change, before, this.world.clock.now());
    const untilMs = change['ssl_verify'] === false ? insecureUntilMs({ fields, updatedAtMs: 0 }) : undefined;
    const changed = [...new Set([...merged.changed, ...(untilMs === undefined ? [] : ['ssl_verify'])])].sort();
    if (changed.length === 0) return true;
    const insecure = untilMs !== undefined && { unverified_until: new Date(untilMs).toISOString() };
    const event = configured(provider, actor, { changed, ...insecure });
    const isDone = await this.replace(provider, { fields }, version, event);
    if (isDone && untilMs !== undefined)
      log.warning('Certificates of the provider are not verified for a day', { provider, ...insecure });
    return isDone;
  }

  private replace(
    provider: string,
    opened: { readonly fields: StoredFields } | undefined,
    version: number,
    event: AuditEvent,
  ): Promise<boolean> {
    const fields = this.sealing.close(provider, opened?.fields ?? {});
    const updatedAtMs = this.world.clock.now();
    return this.database.transaction(async () => {
      if (!(await this.repository.replace({ provider, fields, version: version + 1, updatedAtMs }))) return false;
      await this.audit.record(event);
      this.database.afterCommit(() => this.announce(provider));
      return true;
    });
  }

  private async untilWritten(ifVersions: readonly number[] | undefined, write: () => Promise<boolean>): Promise<void> {
    for (let attempt = 1; !(await write()); attempt += 1) {
      if (ifVersions) throw changedMeanwhile();
      if (attempt === WRITE_ATTEMPTS_MAX)
        throw new DomainError('conflict', 'conflict', 'These settings are being changed by others; try again.');
    }
  }

  private announce(provider: string): void {
    this.cache.delete(provider);
    for (const listener of this.listeners) listener(provider);
  }

  private async read(
    provider: string,
  ): Promise<{ stored: StoredSettings | undefined } & ReturnType<typeof effectiveValues>> {
    const stored = this.sealing.open(provider, await this.repository.read(provider));
    const fields = unlessExpired(stored, this.world.clock.now());
    return { stored, ...effectiveValues(provider, fields, this.environment) };
  }
}

/** @throws DomainError precondition_failed when the version is none of those that the writer has read. */
function versionIn(stored: StoredSettings | undefined, ifVersions?: readonly number[]): number {
  const version = stored?.version ?? 0;
  if (ifVersions && !ifVersions.includes(version)) throw changedMeanwhile();
  return version;
}

function configured(provider: string, actor: Actor, details: AuditEvent['details'] & object): AuditEvent {
  return { type: 'provider.configured', actor, targetType: 'provider', targetId: provider, details };
}

function changedMeanwhile(): DomainError {
  return new DomainError(
    'precondition',
    'precondition_failed',
    'These settings have been changed since they were read: read them again, then repeat the change.',
  );
}
