import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Crc64Nvme } from '@aws-sdk/crc64-nvme';
import { crc32c } from '@node-rs/crc32';

export type DigestAlgorithm = 'md5' | 'sha1' | 'sha256' | 'crc32' | 'crc32c' | 'crc64nvme';

/** Raw digests (big-endian for the CRCs, as S3 writes them) by algorithm, of those that were asked for. */
export type Digests = Partial<Record<DigestAlgorithm, Buffer>>;

interface Hasher {
  update(bytes: Uint8Array): unknown;
  digest(): Uint8Array | Promise<Uint8Array>;
}

const makers: Readonly<Record<DigestAlgorithm, () => Hasher>> = {
  md5: () => createHash('md5'),
  sha1: () => createHash('sha1'),
  sha256: () => createHash('sha256'),
  crc32: () => crcHasher(crc32),
  crc32c: () => crcHasher(crc32c),
  crc64nvme: () => new Crc64Nvme(),
};

/** Several digests over the same bytes, computed as they come, on the calling thread. */
export class MultiHasher {
  private readonly hashers: readonly (readonly [DigestAlgorithm, Hasher])[];

  constructor(algorithms: readonly DigestAlgorithm[]) {
    this.hashers = [...new Set(algorithms)].map((algorithm) => [algorithm, makers[algorithm]()]);
  }

  update(bytes: Uint8Array): void {
    for (const [, hasher] of this.hashers) hasher.update(bytes);
  }

  /** Ends the computation; call once. */
  async digest(): Promise<Digests> {
    const digests: Digests = {};
    for (const [algorithm, hasher] of this.hashers) digests[algorithm] = Buffer.from(await hasher.digest());
    return digests;
  }
}

function crcHasher(crc: (bytes: Buffer, value: number) => number): Hasher {
  let value = 0;
  return {
    update(bytes) {
      // zlib answers 0, not the running value, for an empty buffer.
      if (bytes.length === 0) return;
      value = crc(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), value);
    },
    digest() {
      const digest = Buffer.alloc(4);
      digest.writeUInt32BE(value);
      return digest;
    },
  };
}
