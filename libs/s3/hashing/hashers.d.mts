export type DigestAlgorithm = 'md5' | 'sha1' | 'sha256' | 'crc32' | 'crc32c' | 'crc64nvme';

/** Raw digests (big-endian for the CRCs, as S3 writes them) by algorithm, of those that were asked for. */
export type Digests = Partial<Record<DigestAlgorithm, Buffer>>;

export const digestAlgorithms: readonly DigestAlgorithm[];

/** Several digests over the same bytes, computed as they come, on the calling thread. */
export class MultiHasher {
  constructor(algorithms: readonly DigestAlgorithm[]);
  update(bytes: Uint8Array): void;
  /** Ends the computation; call once. */
  digest(): Promise<Digests>;
}
