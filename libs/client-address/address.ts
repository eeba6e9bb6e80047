import ipaddr from 'ipaddr.js';
import { isIP } from 'node:net';

export type Ip = ipaddr.IPv4 | ipaddr.IPv6;

/** Longest form there is: a bracketed, mapped IPv6 address with zone and port. */
const addressCharsMax = 128;
const bucketPrefixBits = 64;
/** Addresses that are remembered as read: the same few callers come over and over. */
const knownMax = 1_000;
const known = new Map<string, Ip | undefined>();

/**
 * Reads one address as sockets and proxies write it; port, brackets and zone id are dropped and `::ffff:a.b.c.d`
 * counts as IPv4. Undefined for anything else, the octal, hexadecimal and short forms of IPv4 included.
 */
export function parseAddress(text: string): Ip | undefined {
  if (text.length > addressCharsMax) return undefined;
  const before = known.get(text);
  if (before !== undefined || known.has(text)) return before;
  const read = readAddress(text);
  if (known.size >= knownMax) known.clear();
  known.set(text, read);
  return read;
}

function readAddress(text: string): Ip | undefined {
  const trimmed = text.trim();
  const bracketed = /^\[([^\]]*)\](?::[\w.-]{0,16})?$/.exec(trimmed);
  const withoutPort = bracketed?.[1] ?? /^([0-9.]+):[\w.-]{0,16}$/.exec(trimmed)?.[1] ?? trimmed;
  const bare = withoutPort.replace(/%[^%]*$/, '');
  // One zone id at most: with two, what is left still carries one, and would be another address when read again.
  const version = bare.includes('%') ? 0 : isIP(bare);
  if (version === 0 || (bracketed && version !== 6) || (version === 4 && bare !== withoutPort)) return undefined;
  // Newer Node calls more texts an address than the parser reads, e.g. one with an odd zone id.
  if (!ipaddr.isValid(bare)) return undefined;
  return unmapped(ipaddr.parse(bare));
}

/** The one way to write an address (RFC 5952 for IPv6); undefined when it is none. */
export function normalizeAddress(text: string): string | undefined {
  return parseAddress(text)?.toString();
}

/** What a rate limit counts under: the address itself, for IPv6 its /64, since a host can use every address of it. */
export function bucketOf(address: string): string {
  const ip = parseAddress(address);
  if (!ip) return address.slice(0, addressCharsMax);
  if (!isIpv6(ip)) return ip.toString();
  const network = ipaddr.IPv6.networkAddressFromCIDR(`${ip.toString()}/${bucketPrefixBits}`);
  return `${network.toString()}/${bucketPrefixBits}`;
}

/** 127.0.0.0/8 or ::1. */
export function isLoopback(address: string): boolean {
  return parseAddress(address)?.range() === 'loopback';
}

export function isIpv6(ip: Ip): ip is ipaddr.IPv6 {
  return ip.kind() === 'ipv6';
}

function unmapped(ip: Ip): Ip {
  return isIpv6(ip) && ip.isIPv4MappedAddress() ? ip.toIPv4Address() : ip;
}
