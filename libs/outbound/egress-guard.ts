import ipaddr from 'ipaddr.js';
import { isIP } from 'node:net';
import { AddressList, parseAddressList } from '../client-address/index.js';
import { hostOf } from './url-parts.js';

/**
 * How far a connection may reach. `public`: the internet, and what the operator has allowed; `inner`: also this machine and
 * its networks; `any`: wherever the operator's own configuration points.
 */
export type Reach = 'public' | 'inner' | 'any';

/** A connection that was refused because of where it leads. */
export class EgressRefused extends Error {
  override readonly name = 'EgressRefused';

  constructor(
    readonly host: string,
    readonly address: string,
  ) {
    super(`${host} leads to ${address}, where this server does not go`);
  }
}

/** Instance metadata of clouds (AWS, GCP, Azure, Alibaba, Oracle) outside the link-local ranges. */
const METADATA = parseAddressList(['168.63.129.16', '100.100.100.200', '192.0.0.192', 'fd00:ec2::254', 'fd20:ce::254']);
const METADATA_NAMES = /^(metadata|metadata\.google\.internal|metadata\.goog|instance-data)$/;
const FORBIDDEN_RANGES = new Set(['linkLocal', 'unspecified', 'multicast', 'broadcast']);
const PUBLIC_RANGES = new Set(['unicast', 'as112', 'as112v6', 'amt']);

/** Says where connections to addresses that people type in may lead; asked about the address that is connected to. */
export class EgressGuard {
  private readonly allowedNames: readonly string[];
  private readonly allowedAddresses: AddressList;

  /** `allowed`: host names (`.example.com` for all below it), addresses and CIDR ranges that count as public. */
  constructor(allowed: readonly string[] = []) {
    const isRange = (entry: string): boolean => isIP(entry.split('/')[0] ?? '') !== 0;
    this.allowedNames = allowed.filter((entry) => !isRange(entry)).map((entry) => entry.toLowerCase());
    this.allowedAddresses = parseAddressList(allowed.filter(isRange));
  }

  /** @throws EgressRefused when `host` may not be connected to at `address`. */
  check(host: string, address: string, reach: Reach): void {
    if (reach === 'any') return;
    const kind = kindOf(address);
    if (kind === 'public') return;
    if (kind === 'inner' && (reach === 'inner' || this.isAllowed(host, address))) return;
    throw new EgressRefused(host, address);
  }

  private isAllowed(host: string, address: string): boolean {
    const name = host.toLowerCase().replace(/\.$/, '');
    const isNamed = this.allowedNames.some(
      (entry) => name === entry || (entry.startsWith('.') && (name.endsWith(entry) || name === entry.slice(1))),
    );
    return isNamed || this.allowedAddresses.contains(address);
  }
}

/** Whether a URL's host is, as it is written, one that no connection may ever lead to: link-local, metadata, unspecified. */
export function isForbiddenHost(url: URL): boolean {
  const host = hostOf(url).toLowerCase().replace(/\.$/, '');
  return METADATA_NAMES.test(host) || (isIP(host) !== 0 && kindOf(host) === 'forbidden');
}

/** What an address is; one that cannot be read is forbidden. */
export function kindOf(address: string): 'public' | 'inner' | 'forbidden' {
  const bare = address.replace(/%.*$/, '');
  if (isIP(bare) === 0 || !ipaddr.isValid(bare)) return 'forbidden';
  const ip = embedded(ipaddr.process(bare));
  if (METADATA.contains(ip.toString()) || FORBIDDEN_RANGES.has(ip.range())) return 'forbidden';
  return PUBLIC_RANGES.has(ip.range()) ? 'public' : 'inner';
}

/** Translated, tunnelled and compatible forms of IPv6 lead to the IPv4 address inside them. */
function embedded(ip: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  if (!(ip instanceof ipaddr.IPv6)) return ip;
  const bytes = ip.toByteArray();
  const isCompatible = bytes.slice(0, 12).every((byte) => byte === 0) && bytes.slice(12, 15).some((byte) => byte !== 0);
  if (['rfc6052', 'rfc6145'].includes(ip.range()) || isCompatible) return new ipaddr.IPv4(bytes.slice(12));
  return ip.range() === '6to4' ? new ipaddr.IPv4(bytes.slice(2, 6)) : ip;
}
