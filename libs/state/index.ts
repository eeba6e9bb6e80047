/**
 * Short-lived state that all processes of an installation share: values, counters, hashes, leases and messages (`StateStore`)
 * and an exact sliding window (`SlidingWindow`), over memory, SQLite, Redis, PostgreSQL or MySQL with the same promises.
 * `openStateBackend` opens one; `DenyCache` and `NearLimit` spare and watch a window.
 */
export { openStateBackend, type StateBackend, type StateBackendKind, type StateBackendOptions } from './backend.js';
export { StateLimitExceeded, StateUnavailable } from './errors.js';
export { stateLimits } from './limits.js';
export { SlidingWindow, type WindowAnswer } from './sliding-window.js';
export { StateStore, type Lease, type Subscription } from './state-store.js';
export { DenyCache } from './deny-cache.js';
export { NearLimit, type KeyUsage } from './near-limit.js';
