export { OutboundClient, type OutboundAnswer, type OutboundRequest } from './outbound-client.js';
export { OutboundError, type OutboundFailure } from './outbound-error.js';
export type { OutboundSettings } from './dispatcher.js';
