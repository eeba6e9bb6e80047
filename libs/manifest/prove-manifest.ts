import { verify, type KeyObject } from 'node:crypto';
import { keyIdOf } from '../audit-chain/index.js';
import { FileDigest, manifestFormat, statementOf, type ManifestFile, type ManifestSeal } from './manifest-writer.js';

export interface Manifest extends ManifestSeal {
  readonly format: string;
  readonly job_id: string;
  readonly files: readonly ManifestFile[];
}

/** Why a document is not a manifest that the server signed. */
export type ManifestFinding = 'not-a-manifest' | 'files-changed' | 'unknown-key' | 'not-signed';

/** Undefined when one of the keys signed exactly this document; the key in the document itself counts for nothing. */
export function proveManifest(document: unknown, publicKeys: readonly KeyObject[]): ManifestFinding | undefined {
  if (!isManifest(document)) return 'not-a-manifest';
  const digest = new FileDigest();
  for (const file of document.files) digest.add(file);
  const found = digest.end();
  const isWhole =
    found.files_sha256 === document.files_sha256 &&
    found.file_count === document.file_count &&
    found.total_bytes === document.total_bytes;
  if (!isWhole) return 'files-changed';
  const key = publicKeys.find((one) => keyIdOf(one) === document.key_id);
  if (!key) return 'unknown-key';
  const signature = Buffer.from(document.signature, 'base64');
  return verify(null, statementOf(document.job_id, document), key, signature) ? undefined : 'not-signed';
}

function isManifest(document: unknown): document is Manifest {
  if (typeof document !== 'object' || document === null) return false;
  const { format, job_id, files, file_count, total_bytes, files_sha256, signed_at, key_id, signature } =
    document as Partial<Manifest>;
  const texts = [job_id, files_sha256, signed_at, key_id, signature];
  return (
    format === manifestFormat &&
    texts.every((text) => typeof text === 'string') &&
    Number.isSafeInteger(file_count) &&
    Number.isSafeInteger(total_bytes) &&
    Array.isArray(files) &&
    files.every(isFile)
  );
}

function isFile(file: unknown): boolean {
  if (typeof file !== 'object' || file === null) return false;
  const { key, size, sha256, etag, last_modified } = file as Partial<ManifestFile>;
  return (
    [key, sha256, etag, last_modified].every((text) => typeof text === 'string') &&
    Number.isSafeInteger(size) &&
    Object.keys(file).length === 5
  );
}
