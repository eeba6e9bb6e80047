import { createHash, createPublicKey, sign, type Hash, type KeyObject } from 'node:crypto';
import { canonicalJson, keyIdOf } from '../audit-chain/index.js';

export const manifestFormat = 'simpletuner.cloud manifest 1';

/** One file as manifests name it. */
export interface ManifestFile {
  readonly key: string;
  readonly size: number;
  /** Hexadecimal digits. */
  readonly sha256: string;
  /** As S3 clients see it, without quotation marks. */
  readonly etag: string;
  /** ISO-8601, milliseconds, `Z`. */
  readonly last_modified: string;
}

/** What follows the files, and what is signed. */
export interface ManifestSeal {
  readonly file_count: number;
  readonly total_bytes: number;
  /** SHA-256 over the canonical JSON (RFC 8785) of every file in order, each followed by a line feed. */
  readonly files_sha256: string;
  readonly signed_at: string;
  /** The first 16 hexadecimal digits of SHA-256 over the public key (SPKI, DER). */
  readonly key_id: string;
  /** SPKI in PEM. A convenience: who wants proof gets the key from `simpletuner-cloud audit public-key`. */
  readonly public_key: string;
  /** Ed25519 over the canonical JSON of `statementOf`, in base64. */
  readonly signature: string;
}

/** Counts and digests files as they are listed. */
export class FileDigest {
  private readonly hash: Hash = createHash('sha256');
  private count = 0;
  private bytes = 0;

  add(file: ManifestFile): void {
    const { key, size, sha256, etag, last_modified } = file;
    this.hash.update(`${canonicalJson({ key, size, sha256, etag, last_modified })}\n`);
    this.count += 1;
    this.bytes += size;
  }

  end(): Pick<ManifestSeal, 'file_count' | 'total_bytes' | 'files_sha256'> {
    return { file_count: this.count, total_bytes: this.bytes, files_sha256: this.hash.digest('hex') };
  }
}

/** Writes a manifest piece by piece; each piece is a run of whole JSON tokens. */
export class ManifestWriter {
  private readonly files = new FileDigest();
  private isFirst = true;

  constructor(
    private readonly jobId: string,
    private readonly privateKey: KeyObject,
  ) {}

  begin(): string {
    return `{"format":${JSON.stringify(manifestFormat)},"job_id":${JSON.stringify(this.jobId)},"files":[`;
  }

  add(file: ManifestFile): string {
    this.files.add(file);
    const comma = this.isFirst ? '' : ',';
    this.isFirst = false;
    return `${comma}\n${JSON.stringify(file)}`;
  }

  /** The rest of the document, signed. */
  end(signedAtMs: number): string {
    const publicKey = createPublicKey(this.privateKey);
    const stated = {
      ...this.files.end(),
      signed_at: new Date(signedAtMs).toISOString(),
      key_id: keyIdOf(publicKey),
    };
    const seal: ManifestSeal = {
      ...stated,
      public_key: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      signature: sign(null, statementOf(this.jobId, stated), this.privateKey).toString('base64'),
    };
    return `\n],${JSON.stringify(seal).slice(1)}\n`;
  }
}

/** What is signed. It says what it is for, so that no signature made for another purpose with this key can pass for one. */
export function statementOf(jobId: string, seal: Omit<ManifestSeal, 'public_key' | 'signature'>): Buffer {
  const { file_count, total_bytes, files_sha256, signed_at, key_id } = seal;
  return Buffer.from(
    canonicalJson({
      purpose: manifestFormat,
      job_id: jobId,
      file_count,
      total_bytes,
      files_sha256,
      signed_at,
      key_id,
    }),
  );
}
