import type { BigIntStats } from 'node:fs';

/** By what the file system knows a file wherever it is moved. Numbers of files are used again, so the time counts too. */
export type FileIdentity = Pick<BigIntStats, 'ino' | 'mtimeNs'>;

/** A blob's name: that of its draft, and the identity of its file. */
export function blobName(draft: string, { ino, mtimeNs }: FileIdentity): string {
  return `${draft}.${ino}.${mtimeNs}`;
}

export interface BlobName {
  readonly draft: string;
  /** Whether a file is the one with this name. */
  readonly matches: (found: FileIdentity) => boolean;
}

export function parseBlobName(blob: string): BlobName {
  const [, draft, ino, mtimeNs] = /^([0-9a-f-]{36})\.(\d+)\.(\d+)$/.exec(blob) ?? [];
  if (draft === undefined) throw new Error('Not the name of a local blob');
  return { draft, matches: (found) => String(found.ino) === ino && String(found.mtimeNs) === mtimeNs };
}
