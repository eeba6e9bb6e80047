import { isIpv6, parseAddress, type Ip } from './address.js';

/** An entry that is neither an address nor a CIDR range. */
export class InvalidAddressEntryError extends Error {
  constructor(readonly entry: string) {
    super(`${JSON.stringify(entry.slice(0, 100))} is not an IP address or CIDR range`);
  }
}

interface Range {
  readonly network: Ip;
  readonly prefixBits: number;
}

const mappedPrefixBits = 96;

/** A set of addresses given as addresses and CIDR ranges. */
export class AddressList {
  constructor(private readonly ranges: readonly Range[]) {}

  /** Whether `address` lies in the list; false for anything that is not an address. */
  contains(address: string): boolean {
    const ip = parseAddress(address);
    return ip !== undefined && this.ranges.some((range) => covers(range, ip));
  }
}

/**
 * Reads addresses and CIDR ranges of both families; bits after the prefix are allowed and ignored.
 * @throws InvalidAddressEntryError naming the first bad entry
 */
export function parseAddressList(entries: readonly string[]): AddressList {
  return new AddressList(entries.map(parseEntry));
}

function covers({ network, prefixBits }: Range, ip: Ip): boolean {
  if (isIpv6(network)) return isIpv6(ip) && ip.match(network, prefixBits);
  return !isIpv6(ip) && ip.match(network, prefixBits);
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
  return { network, prefixBits };
}
