import type { SourceName } from '#libs/secrets';

/** Credentials by name, from the environment, the secrets file, AWS Secrets Manager and Vault, in this order (contract §13). */
export abstract class Secrets {
  /**
   * The value that counts now, or undefined when no source has one that is not empty. Never rejects: while a source fails its last
   * good values count. Names are written like environment variables; `hf-token` and `hf.token` mean HF_TOKEN.
   * Ask again for every use instead of keeping the answer, so that a rotated secret is taken up.
   */
  abstract get(name: string): Promise<string | undefined>;
  /** The same after asking the sources anew: once, when a provider has refused the value (401). Calls in close succession ask once. */
  abstract refresh(name: string): Promise<string | undefined>;
  /** The sources that have a value, after looking anew; the first is the one that counts. */
  abstract sourcesOf(name: string): Promise<readonly SourceName[]>;
}
