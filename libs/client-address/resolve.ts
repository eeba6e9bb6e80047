import type { AddressList } from './address-list.js';
import { parseAddress } from './address.js';
import { headerText, type HeaderMap } from './headers.js';
import { forwardedHops, xForwardedForHops } from './hop-lists.js';

export type HopSource = 'peer' | 'x-forwarded-for' | 'forwarded' | 'x-real-ip';

/** One station on the way of a request, as far as it was looked at. */
export interface Hop {
  readonly source: HopSource;
  /** As it was received, clipped. */
  readonly text: string;
  /** Undefined for `unknown`, obfuscated identifiers and anything that is not an address. */
  readonly address: string | undefined;
  readonly isTrusted: boolean;
}

export interface ResolvedAddress {
  /** The caller's address in its normal form; `unknown` when not even the socket tells one. */
  readonly address: string;
  /** Where the address was read. */
  readonly source: HopSource;
  /** The way back from this server, nearest first, ended where belief ended. */
  readonly hops: readonly Hop[];
}

export interface ReceivedFrom {
  /** Address of the socket's other end. */
  readonly peer: string | undefined;
  readonly headers: HeaderMap;
  /** Proxies whose word about the hop before them is taken. */
  readonly trusted: AddressList;
}

const hopTextCharsMax = 128;
const unknownAddress = 'unknown';

/**
 * Finds who sent a request (contract §4). Headers count only when the peer is a trusted proxy. Then X-Forwarded-For, or
 * else Forwarded, is walked from its near end over trusted hops to the first untrusted one; if all are trusted the
 * farthest is the caller. A hop that is no address ends the walk at the last address that a trusted proxy vouched
 * for. With neither header X-Real-IP is taken.
 */
export function resolveClient({ peer = '', headers, trusted }: ReceivedFrom): ResolvedAddress {
  const hops = [hopOf('peer', peer, trusted)];
  if (hops[0]?.isTrusted) hops.push(...believedHops(headers, trusted));
  const caller = hops.findLast((hop) => hop.address !== undefined);
  return { address: caller?.address ?? unknownAddress, source: caller?.source ?? 'peer', hops };
}

function believedHops(headers: HeaderMap, trusted: AddressList): readonly Hop[] {
  const { source, texts } = namedHops(headers);
  const hops: Hop[] = [];
  for (const text of texts) {
    const hop = hopOf(source, text, trusted);
    hops.push(hop);
    if (!hop.isTrusted) break;
  }
  return hops;
}

function namedHops(headers: HeaderMap): { source: HopSource; texts: readonly string[] } {
  const xForwardedFor = headerText(headers, 'x-forwarded-for');
  if (xForwardedFor !== undefined) return { source: 'x-forwarded-for', texts: xForwardedForHops(xForwardedFor) };
  const forwarded = headerText(headers, 'forwarded');
  if (forwarded !== undefined) return { source: 'forwarded', texts: forwardedHops(forwarded) ?? [] };
  const realIp = headerText(headers, 'x-real-ip');
  return { source: 'x-real-ip', texts: realIp === undefined ? [] : [realIp] };
}

function hopOf(source: HopSource, text: string, trusted: AddressList): Hop {
  const ip = parseAddress(text);
  const isTrusted = ip !== undefined && trusted.containsIp(ip);
  return { source, text: text.slice(0, hopTextCharsMax), address: ip?.toString(), isTrusted };
}
