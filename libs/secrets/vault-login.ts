import type { client as VaultClient } from 'node-vault';
import { readFile } from 'node:fs/promises';
import { SourceFault } from './source-fault.js';

/** What Vault says of a token that it has given. */
export interface TokenLease {
  readonly token: string;
  /** 0: for ever. */
  readonly leaseSeconds: number;
  readonly isRenewable: boolean;
}

export interface VaultLoginOptions {
  /** Reads VAULT_TOKEN, VAULT_ROLE_ID and VAULT_SECRET_ID at every login, since agents replace the files they come from. */
  readonly credential: (name: string) => Promise<string | undefined>;
  /** Role of the Kubernetes auth method, or empty. */
  readonly kubernetesRole: string;
  /** File of the service account's token. */
  readonly kubernetesTokenPath: string;
}

/** What Vault answers to a login or a renewal. */
export interface AuthAnswer {
  readonly auth?: { readonly client_token?: string; readonly lease_duration?: number; readonly renewable?: boolean };
}

/**
 * Gets a token: VAULT_TOKEN when it is set, else by AppRole, else by the Kubernetes auth method.
 * @throws SourceFault when none of them is configured; the client's error when Vault refuses.
 */
export async function logIn(vault: VaultClient, options: VaultLoginOptions): Promise<TokenLease> {
  const { credential, kubernetesRole } = options;
  const token = await credential('VAULT_TOKEN');
  if (token !== undefined) return lookUp(vault, token);
  const roleId = await credential('VAULT_ROLE_ID');
  if (roleId !== undefined) {
    const secretId = await credential('VAULT_SECRET_ID');
    return leaseOf(
      (await vault.approleLogin({
        role_id: roleId,
        ...(secretId !== undefined && { secret_id: secretId }),
      })) as AuthAnswer,
    );
  }
  if (kubernetesRole !== '') {
    const jwt = await serviceAccountToken(options.kubernetesTokenPath);
    const login = { mount_point: 'kubernetes', role: kubernetesRole, jwt };
    return leaseOf((await vault.kubernetesLogin(login)) as AuthAnswer);
  }
  throw new SourceFault(
    'has no way to log in: set VAULT_TOKEN, or VAULT_ROLE_ID and VAULT_SECRET_ID, or VAULT_KUBERNETES_ROLE',
  );
}

/** @throws SourceFault when the answer holds no token. */
export function leaseOf({ auth }: AuthAnswer): TokenLease {
  if (typeof auth?.client_token !== 'string') throw new SourceFault('answered a login without a token');
  return {
    token: auth.client_token,
    leaseSeconds: auth.lease_duration ?? 0,
    isRenewable: auth.renewable === true,
  };
}

/** How long a token given by the operator lives; a policy may forbid to ask, which says nothing about the token. */
async function lookUp(vault: VaultClient, token: string): Promise<TokenLease> {
  vault.token = token;
  try {
    const { data } = (await vault.tokenLookupSelf()) as { data?: { ttl?: number; renewable?: boolean } };
    return { token, leaseSeconds: data?.ttl ?? 0, isRenewable: data?.renewable === true };
  } catch (error) {
    if (statusOf(error) !== 403) throw error;
    return { token, leaseSeconds: 0, isRenewable: false };
  }
}

async function serviceAccountToken(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    throw new SourceFault(
      `needs the token of the service account, whose file cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`,
    );
  }
}

/** The HTTP status with which Vault refused; undefined when it did not answer at all. */
export function statusOf(error: unknown): number | undefined {
  return (error as { response?: { statusCode?: number } }).response?.statusCode;
}
