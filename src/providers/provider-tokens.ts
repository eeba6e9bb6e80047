import { Injectable } from '@nestjs/common';
import type { SourceName } from '#libs/secrets';
import { getLogger, registerSecret } from '#libs/log';
import { AuditLog, type AuditEvent, type AuditType } from '../audit/index.js';
import { StartError } from '../config/index.js';
import { DomainError, invalidFields, notFound } from '../http/index.js';
import { Secrets, setSecret } from '../secrets/index.js';
import { ProviderRegistry } from './provider-registry.js';
import { ProviderSettingsService, SettingsWorld } from './provider-settings.service.js';
import type { Wish } from './wish.js';

const TOKEN_LENGTH_MAX = 8_192;

const log = getLogger('providers');

/** Where a provider's token is; never what it is. */
export interface TokenStatus {
  readonly provider: string;
  /** The name of the secret, e.g. REPLICATE_API_TOKEN. */
  readonly secret: string;
  /** The source whose value counts, or null when there is none. */
  readonly source: SourceName | null;
  /** Sources with a value that does not count. */
  readonly shadowed: readonly SourceName[];
  /** The version of the provider's settings, which a new token also makes a new one of. */
  readonly version: number;
}

/** The API tokens of providers, kept in the secrets file of this installation. */
@Injectable()
export class ProviderTokens {
  constructor(
    private readonly registry: ProviderRegistry,
    private readonly settings: ProviderSettingsService,
    private readonly secrets: Secrets,
    private readonly audit: AuditLog,
    private readonly world: SettingsWorld,
  ) {}

  /** @throws DomainError not_found, validation_error, precondition_failed; not_ready when the file cannot be written. */
  async set(wish: Wish, token: unknown): Promise<TokenStatus> {
    const name = this.secretOf(wish.provider);
    const value = tokenIn(token);
    registerSecret(value);
    const isKnown = (await this.secrets.sourcesOf(name)).includes('file');
    return this.write(wish, name, isKnown ? 'secret.rotated' : 'credential.created', value);
  }

  /** @throws DomainError as `set`. */
  remove(wish: Wish): Promise<TokenStatus> {
    return this.write(wish, this.secretOf(wish.provider), 'credential.deleted', undefined);
  }

  private async write(wish: Wish, name: string, type: AuditType, value: string | undefined): Promise<TokenStatus> {
    const { provider, ifVersions, actor } = wish;
    const event: AuditEvent = {
      type,
      actor,
      targetType: 'secret',
      targetId: name,
      details: { provider, source: 'file' },
    };
    // A file takes no part in a transaction: it is recorded before it is done, so that nothing is done without a record.
    await this.settings.touch(provider, event, ifVersions);
    try {
      await setSecret(this.world.config, name, value);
    } catch (error) {
      await this.audit.record({ ...event, details: { ...event.details, outcome: 'failed' } });
      if (!(error instanceof StartError)) throw error;
      throw new DomainError('unavailable', 'not_ready', `${error.message}.`, { cause: error });
    }
    const [source = null, ...shadowed] = await this.secrets.sourcesOf(name);
    log.info('The token of a provider was written', { provider, secret_name: name, action: type });
    const { version } = await this.settings.describe(provider);
    return { provider, secret: name, source, shadowed, version };
  }

  private secretOf(provider: string): string {
    const { tokenName } = this.registry.get(provider);
    if (tokenName === undefined) throw notFound(`A token of the provider ${provider}`);
    return tokenName;
  }
}

function tokenIn(token: unknown): string {
  const value = typeof token === 'string' ? token.trim() : '';
  if (value !== '' && value.length <= TOKEN_LENGTH_MAX && /^[\x21-\x7e]+$/.test(value)) return value;
  throw invalidFields([
    { field: 'token', message: `must be a text of 1 to ${TOKEN_LENGTH_MAX} printable characters without spaces` },
  ]);
}
