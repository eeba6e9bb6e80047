/**
 * Who sent a request when proxies stand between: `resolveClient` walks the forwarding headers over trusted proxies only,
 * `isLocalRequest` knows callers on this machine, `AddressList` holds addresses and CIDR ranges, `bucketOf` says what a rate
 * limit counts under.
 */
export { bucketOf, isLoopback, normalizeAddress } from './address.js';
export { AddressList, InvalidAddressEntryError, parseAddressList } from './address-list.js';
export type { HeaderMap } from './headers.js';
export { isLocalRequest } from './local-request.js';
export { resolveClient, type Hop, type HopSource, type ReceivedFrom, type ResolvedAddress } from './resolve.js';
