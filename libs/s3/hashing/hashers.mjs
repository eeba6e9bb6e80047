// Plain JavaScript, because the hash worker loads it as it is, from the sources (tests) as from dist.
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Crc64Nvme } from '@aws-sdk/crc64-nvme';
import { crc32c } from '@node-rs/crc32';

const cryptoHasher = (name) => () => {
  const hash = createHash(name);
  return { update: (bytes) => hash.update(bytes), digest: () => hash.digest() };
};

const crcHasher = (crc) => () => {
  let value = 0;
  return {
    update(bytes) {
      value = crc(bytes, value);
    },
    digest() {
      const digest = Buffer.alloc(4);
      digest.writeUInt32BE(value);
      return digest;
    },
  };
};

const hasherOf = {
  md5: cryptoHasher('md5'),
  sha1: cryptoHasher('sha1'),
  sha256: cryptoHasher('sha256'),
  crc32: crcHasher(crc32),
  crc32c: crcHasher(crc32c),
  crc64nvme: () => new Crc64Nvme(),
};

export const digestAlgorithms = Object.keys(hasherOf);

export class MultiHasher {
  constructor(algorithms) {
    this.hashers = [...new Set(algorithms)].map((algorithm) => [algorithm, hasherOf[algorithm]()]);
  }

  update(bytes) {
    for (const [, hasher] of this.hashers) hasher.update(bytes);
  }

  async digest() {
    const digests = {};
    for (const [algorithm, hasher] of this.hashers) digests[algorithm] = Buffer.from(await hasher.digest());
    return digests;
  }
}
