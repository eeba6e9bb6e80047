import type { client as VaultClient } from 'node-vault';
import type { Clock } from '../clock/index.js';
import { registerSecret } from '../log/index.js';
import { secretsLimits, servicePolicy } from './limits.js';
import { trustedAuthorities, type Certificates } from './trusted-authorities.js';
import { leaseOf, logIn, statusOf, type AuthAnswer, type TokenLease, type VaultLoginOptions } from './vault-login.js';

export interface VaultOptions extends VaultLoginOptions {
  /** e.g. https://vault.example.com:8200 */
  readonly address: string;
  /** Empty: the root namespace. */
  readonly namespace: string;
  readonly certificates: Certificates;
}

/** A login at Vault that lasts: its token is renewed in time, and replaced when Vault takes it no longer. */
export class VaultSession {
  private client: VaultClient | undefined;
  private lease: TokenLease | undefined;
  private renewAtMs = Infinity;

  constructor(
    private readonly options: VaultOptions,
    private readonly clock: Clock,
  ) {}

  /** Runs `work` with a token; once more with a new one when Vault refuses the token (403). */
  async run<Result>(work: (vault: VaultClient) => Promise<Result>): Promise<Result> {
    const vault = await this.opened();
    const hadToken = this.lease !== undefined;
    if (!this.lease) await this.logIn(vault);
    await this.tend();
    try {
      return await work(vault);
    } catch (error) {
      if (statusOf(error) !== 403 || !hadToken) throw error;
      await this.logIn(vault);
      return work(vault);
    }
  }

  /** Renews the token when it is time to. A token that cannot be renewed is replaced by a new login. */
  async tend(): Promise<void> {
    if (!this.client || !this.lease || this.clock.monotonicMs() < this.renewAtMs) return;
    // Should this fail, it is tried again a little later and not with every read.
    this.renewAtMs = this.clock.monotonicMs() + secretsLimits.vaultRenewRetryMs;
    if (this.lease.isRenewable) {
      try {
        this.hold(this.client, leaseOf((await this.client.tokenRenewSelf()) as AuthAnswer));
        return;
      } catch (error) {
        // A lease that has reached its end is refused (400 or 403); anything else is a matter of trying again.
        if (![400, 403].includes(statusOf(error) ?? 0)) throw error;
      }
    }
    await this.logIn(this.client);
  }

  private async logIn(vault: VaultClient): Promise<void> {
    vault.token = '';
    this.lease = undefined;
    this.hold(vault, await logIn(vault, this.options));
  }

  private hold(vault: VaultClient, lease: TokenLease): void {
    if (lease.token !== this.lease?.token) registerSecret(lease.token);
    vault.token = lease.token;
    this.lease = lease;
    const renewInMs = lease.leaseSeconds * 1_000 * secretsLimits.vaultRenewShare;
    this.renewAtMs = lease.leaseSeconds > 0 ? this.clock.monotonicMs() + renewInMs : Infinity;
  }

  private async opened(): Promise<VaultClient> {
    if (this.client) return this.client;
    const { default: connect } = await import('node-vault');
    const { address, namespace, certificates } = this.options;
    const authorities = await trustedAuthorities(certificates);
    const options = {
      endpoint: address,
      namespace,
      // Given here because the client takes any VAULT_SKIP_VERIFY, even `false`, for a wish not to verify.
      rpDefaults: { strictSSL: true, timeout: servicePolicy.timeoutMs },
      requestOptions: authorities && { ca: authorities },
    };
    this.client = connect(options);
    return this.client;
  }
}
