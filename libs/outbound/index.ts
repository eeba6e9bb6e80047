/**
 * HTTP to others: through proxies, with further certificate authorities, under deadlines, with retries (`OutboundClient`), a
 * circuit breaker that all processes share (`CircuitBreaker`) and a guard against being sent to inner addresses
 * (`EgressGuard`). `traceRequest` tells where a request gets stuck.
 */
export { CircuitBreaker, type CircuitReport, type CircuitStore } from './circuit-breaker.js';
export { circuitRules } from './circuit-state.js';
export { EgressGuard, isForbiddenHost, type Reach } from './egress-guard.js';
export { isProxied } from './no-proxy.js';
export { OutboundClient, type OutboundAnswer, type OutboundParts, type OutboundRequest } from './outbound-client.js';
export { CIRCUIT_OPEN, OutboundError, type OutboundFailure } from './outbound-error.js';
export { traceRequest, type ShownCertificate, type Trace, type TraceStep } from './trace.js';
export { credentialsOf } from './url-parts.js';
export type { OutboundNet, OutboundSettings } from './dispatcher.js';
