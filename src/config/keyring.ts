import { createHmac, createPrivateKey, createPublicKey, hkdfSync, randomBytes, type KeyObject } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { StartError, type Config } from './config.js';

/** RFC 8410: the fixed DER prefix of an Ed25519 private key, followed by its 32-byte seed. */
const ED25519_PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SIGNING = 'ed25519-signing';

/** Derivations that are remembered: each webhook asks for its job's again, and they take longer than its whole signature. */
const REMEMBERED_MAX = 2_048;

/** What is derived from the master key; the key itself never leaves this class. */
export class Keyring {
  private readonly remembered = new Map<string, readonly Buffer[]>();
  private readonly codes = new Map<string, readonly string[]>();

  constructor(
    private readonly masterKey: string,
    private readonly previousKeys: readonly string[] = [],
  ) {}

  /** base64url(HMAC-SHA256(master key, text)): upload secrets (contract §8). */
  hmac(text: string): string {
    return createHmac('sha256', this.masterKey).update(text).digest('base64url');
  }

  /** The same with every key that still counts, the current one first. */
  hmacWithAll(text: string): readonly string[] {
    let codes = this.codes.get(text);
    if (!codes) {
      codes = [this.masterKey, ...this.previousKeys].map((key) =>
        createHmac('sha256', key).update(text).digest('base64url'),
      );
      if (this.codes.size >= REMEMBERED_MAX) this.codes.clear();
      this.codes.set(text, codes);
    }
    return codes;
  }

  /** 32 bytes that belong to `purpose` alone (HKDF-SHA256, RFC 5869). */
  derive(purpose: string): Buffer {
    return derive(this.masterKey, purpose);
  }

  /** The same from every key that still counts, the current one first. */
  deriveWithAll(purpose: string): readonly Buffer[] {
    const known = this.remembered.get(purpose);
    if (known) return known;
    if (this.remembered.size >= REMEMBERED_MAX) this.remembered.clear();
    const derived = [this.masterKey, ...this.previousKeys].map((key) => derive(key, purpose));
    this.remembered.set(purpose, derived);
    return derived;
  }

  /** The server's Ed25519 key: signs audit checkpoints and job manifests. */
  signingKey(): KeyObject {
    return signingKeyOf(this.derive(SIGNING));
  }

  /** The public half of `signingKey`, for whoever verifies. */
  verificationKey(): KeyObject {
    return createPublicKey(this.signingKey());
  }

  /** The public halves of every key that still counts, the current one first. */
  verificationKeys(): KeyObject[] {
    return this.deriveWithAll(SIGNING).map((seed) => createPublicKey(signingKeyOf(seed)));
  }
}

function signingKeyOf(seed: Buffer): KeyObject {
  return createPrivateKey({ key: Buffer.concat([ED25519_PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
}

function derive(key: string, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key, '', `simpletuner-cloud:${purpose}`, 32));
}

/** Takes the master key from the configuration, or from its file, which is generated with mode 0600 when there is none. */
export function openKeyring(config: Config): Keyring {
  const { secretKey, secretKeyPrevious } = config.settings;
  return new Keyring(secretKey === '' ? keyFromFile(config.paths.secretKeyFile) : secretKey, secretKeyPrevious);
}

function keyFromFile(file: string): string {
  const key = readOrMake(file);
  if (key.length < 32)
    throw new StartError(
      `The master key file ${file} is damaged: restore it from a backup, or remove it to generate a new one`,
    );
  return key;
}

function readOrMake(file: string): string {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    if (!existsSync(file)) publishNewKey(file);
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'error';
    throw new StartError(
      `The master key file ${file} can neither be read nor made (${code}): check SIMPLETUNER_HOME, and that this user may write there`,
      { cause: error },
    );
  }
}

/** A link is made or refused as a whole: of two processes that start at once one wins, and the other reads a complete key. */
function publishNewKey(file: string): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(draft);
  }
}
