export { bucketOf, isLoopback, normalizeAddress } from './address.js';
export { AddressList, InvalidAddressEntryError, parseAddressList } from './address-list.js';
export type { HeaderMap } from './headers.js';
export { isLocalRequest, isLoopbackHost } from './local-request.js';
export { resolveClient, type Hop, type HopSource, type ReceivedFrom, type ResolvedAddress } from './resolve.js';
