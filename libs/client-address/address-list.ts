import { isIpv6, parseAddress, type Ip } from './address.js';

/** An entry that is neither an address nor a CIDR range. */
export class InvalidAddressEntryError extends Error {
  constructor(readonly entry: string) {
    super(`${JSON.stringify(entry.slice(0, 100))} is not an IP address or CIDR range`);
  }
}

interface Range {
  /** In network order: 4 bytes or 16. */
  readonly network: readonly number[];
  readonly prefixBits: number;
}

const mappedPrefixBits = 96;

/** A set of addresses given as addresses and CIDR ranges. */
export class AddressList {
  constructor(private readonly ranges: readonly Range[]) {}

  /** Whether `address` lies in the list; false for anything that is not an address. */
  contains(address: string): boolean {
    const ip = parseAddress(address);
    return ip !== undefined && this.containsIp(ip);
  }

  /** The same for an address that has been read already. */
  containsIp(ip: Ip): boolean {
    const bytes = ip.toByteArray();
    return this.ranges.some(({ network, prefixBits }) => {
      return network.length === bytes.length && hasSamePrefix(network, bytes, prefixBits);
    });
  }
}

/**
 * Reads addresses and CIDR ranges of both families; bits after the prefix are allowed and ignored.
 * @throws InvalidAddressEntryError naming the first bad entry
 */
export function parseAddressList(entries: readonly string[]): AddressList {
  return new AddressList(entries.map(parseEntry));
}

function hasSamePrefix(network: readonly number[], bytes: readonly number[], prefixBits: number): boolean {
  for (let index = 0, bitsLeft = prefixBits; bitsLeft > 0; index += 1, bitsLeft -= 8) {
    const differing = (network[index] ?? 0) ^ (bytes[index] ?? 0);
    if (bitsLeft >= 8 ? differing !== 0 : differing >> (8 - bitsLeft) !== 0) return false;
  }
  return true;
}

function parseEntry(entry: string): Range {
  const [, address, prefix] = /^([0-9a-fA-F:.]+)(?:\/(0|[1-9]\d{0,2}))?$/.exec(entry.trim()) ?? [];
  // A port has no place in a list, and would otherwise be dropped silently.
  if (address === undefined || /^\d+\.[\d.]*:/.test(address)) throw new InvalidAddressEntryError(entry);
  const network = parseAddress(address);
  if (!network) throw new InvalidAddressEntryError(entry);
  const bitsMax = isIpv6(network) ? 128 : 32;
  // `::ffff:10.0.0.0/104` is 10.0.0.0/8 in other words.
  const isMapped = !isIpv6(network) && address.includes(':');
  const prefixBits = prefix === undefined ? bitsMax : Number(prefix) - (isMapped ? mappedPrefixBits : 0);
  if (prefixBits < 0 || prefixBits > bitsMax) throw new InvalidAddressEntryError(entry);
  return { network: network.toByteArray(), prefixBits };
}
