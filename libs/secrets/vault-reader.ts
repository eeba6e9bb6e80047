import type { client as VaultClient } from 'node-vault';
import type { Clock } from '../clock/index.js';
import { DocumentReader, type ReadDocument } from './cached-document.js';
import { documentOf } from './document.js';
import { SourceFault } from './source-fault.js';
import { statusOf } from './vault-login.js';
import { VaultSession, type VaultOptions } from './vault-session.js';

const MOUNT = 'secret';

/** A secret of Vault's key-value engine (contract §13), version 2 or 1 as the mount itself says. */
export class VaultReader extends DocumentReader {
  override readonly name = 'vault';
  override readonly label = 'Vault';
  private readonly session: VaultSession;

  /** @param path of the secret below the mount, e.g. `simpletuner`. */
  constructor(
    options: VaultOptions,
    private readonly path: string,
    clock: Clock,
  ) {
    super();
    this.session = new VaultSession(options, clock);
  }

  override async read(): Promise<ReadDocument> {
    return this.explained(() => this.session.run((vault) => this.readSecret(vault)));
  }

  override async tend(): Promise<void> {
    await this.explained(() => this.session.tend());
  }

  private async readSecret(vault: VaultClient): Promise<ReadDocument> {
    const version = await this.mountVersion(vault);
    const found = await (version === 1
      ? readVersion1(vault, this.path)
      : version === 2
        ? readVersion2(vault, this.path)
        : readEitherVersion(vault, this.path));
    if (found !== undefined) return { document: documentOf(found) };
    return { document: new Map(), absence: `holds no secret at ${MOUNT}/${this.path}` };
  }

  /** Undefined when the policy of the token does not let it ask, or the server is too old to tell. */
  private async mountVersion(vault: VaultClient): Promise<1 | 2 | undefined> {
    try {
      const answer = (await vault.read(`sys/internal/ui/mounts/${MOUNT}/${this.path}`)) as {
        data?: { options?: { version?: string } | null };
      };
      return answer.data?.options?.version === '2' ? 2 : 1;
    } catch (error) {
      if ([403, 404].includes(statusOf(error) ?? 0)) return undefined;
      throw error;
    }
  }

  private async explained<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work();
    } catch (error) {
      throw new SourceFault(faultOf(error));
    }
  }
}

/** Undefined when there is no such secret, or its newest version was deleted. */
async function readVersion2(vault: VaultClient, path: string): Promise<unknown> {
  const answer = (await found(vault.read(`${MOUNT}/data/${path}`))) as { data?: { data?: unknown } } | undefined;
  return answer?.data?.data ?? undefined;
}

async function readVersion1(vault: VaultClient, path: string): Promise<unknown> {
  return ((await found(vault.read(`${MOUNT}/${path}`))) as { data?: unknown } | undefined)?.data;
}

/** Policies are written for the paths of one version, so that those of the other are denied. */
async function readEitherVersion(vault: VaultClient, path: string): Promise<unknown> {
  try {
    const secret = await readVersion2(vault, path);
    if (secret !== undefined) return secret;
  } catch (error) {
    if (statusOf(error) !== 403) throw error;
  }
  return readVersion1(vault, path);
}

async function found(reading: Promise<unknown>): Promise<unknown> {
  try {
    return await reading;
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}

const words: Readonly<Record<number, string>> = {
  400: 'refused the login (400)',
  403: 'refused the token: permission denied (403)',
  429: 'asks to slow down (429)',
  503: 'is sealed or in maintenance (503)',
};

/** Vault's own messages are not passed on: they may quote the request. */
function faultOf(error: unknown): string {
  if (error instanceof SourceFault) return error.message;
  const status = statusOf(error);
  if (status !== undefined) return words[status] ?? `answered ${status}`;
  const { code } = error as { code?: string };
  return `cannot be reached (${code !== undefined && /^\w{1,64}$/.test(code) ? code : 'error'})`;
}
