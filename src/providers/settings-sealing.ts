import { getLogger, registerSecret } from '#libs/log';
import { credentialsOf } from '#libs/outbound';
import type { Keyring } from '../config/index.js';
import { fieldsOf } from './provider-fields.js';
import type { StoredFields } from './provider-settings.js';
import type { StoredSettings } from './provider-settings.repository.js';
import { seal, unseal } from './sealed-text.js';

const SEALING = 'provider-settings';
const log = getLogger('providers');

/** Encrypts the secret fields of settings for their store, and opens them again. */
export class SettingsSealing {
  /** What has been complained of: settings are read all the time. */
  private readonly unopened = new Set<string>();

  constructor(private readonly keyring: Keyring) {}

  /** Secret fields are stored sealed. One that no key opens any more counts as not set, and the log says so. */
  open(provider: string, stored: StoredSettings | undefined): StoredSettings | undefined {
    if (!stored) return undefined;
    const fields = new Map(Object.entries(stored.fields));
    for (const name of secretNames(provider).filter((secret) => fields.has(secret))) {
      const text = unseal(String(fields.get(name)), this.keyring.deriveWithAll(SEALING), `${provider}.${name}`);
      if (text === undefined) {
        fields.delete(name);
        this.complain(provider, name);
      } else {
        registerSecret(passwordOf(text));
        fields.set(name, text);
      }
    }
    return { ...stored, fields: Object.fromEntries(fields) };
  }

  private complain(provider: string, field: string): void {
    if (this.unopened.has(`${provider}.${field}`)) return;
    this.unopened.add(`${provider}.${field}`);
    log.error(
      'A stored credential cannot be opened and counts as not set: the master key is another one than when it was stored',
      { provider, field },
    );
  }

  close(provider: string, fields: StoredFields): StoredFields {
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
  return URL.canParse(url) ? credentialsOf(new URL(url)).password : '';
}
