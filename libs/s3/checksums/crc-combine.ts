/** Reflected polynomials; the top bit is implied. */
const crcs = {
  crc32: { bits: 32n, polynomial: 0xedb88320n },
  crc32c: { bits: 32n, polynomial: 0x82f63b78n },
  crc64nvme: { bits: 64n, polynomial: 0x9a6c9329ac4bc9b5n },
} as const;

export type CrcAlgorithm = keyof typeof crcs;

/**
 * CRC of a whole from the CRCs of its parts, without reading them again: appending n bytes multiplies the remainder so
 * far by x^(8n) modulo the polynomial (the method of zlib's `crc32_combine`).
 */
export class CrcCombiner {
  private crc = 0n;
  private readonly powers = new Map<number, bigint>();
  private readonly bits: bigint;
  private readonly polynomial: bigint;

  constructor(algorithm: CrcAlgorithm) {
    this.bits = crcs[algorithm].bits;
    this.polynomial = crcs[algorithm].polynomial;
  }

  /** Appends a part of `partBytes` bytes with this raw big-endian digest. */
  add(digest: Uint8Array, partBytes: number): void {
    const crc = BigInt(`0x${Buffer.from(digest).toString('hex')}`);
    this.crc = this.multiply(this.power(partBytes), this.crc) ^ crc;
  }

  digest(): Buffer {
    const digits = Number(this.bits) / 4;
    return Buffer.from(this.crc.toString(16).padStart(digits, '0'), 'hex');
  }

  /** x^(8 * bytes); parts mostly have one length, so it is worth remembering. */
  private power(bytes: number): bigint {
    const known = this.powers.get(bytes);
    if (known !== undefined) return known;
    let result = 1n << (this.bits - 1n);
    let square = 1n << (this.bits - 9n);
    for (let left = BigInt(bytes); left > 0n; left >>= 1n) {
      if (left & 1n) result = this.multiply(square, result);
      square = this.multiply(square, square);
    }
    this.powers.set(bytes, result);
    return result;
  }

  /** Product of two reflected polynomials; the highest bit is x^0. */
  private multiply(a: bigint, b: bigint): bigint {
    let product = 0n;
    let shifted = b;
    for (let bit = 1n << (this.bits - 1n); bit > 0n; bit >>= 1n) {
      if (a & bit) product ^= shifted;
      shifted = shifted & 1n ? (shifted >> 1n) ^ this.polynomial : shifted >> 1n;
    }
    return product;
  }
}
