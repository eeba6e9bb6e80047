/**
 * Standard Webhooks 1.0: `signWebhook` for the sender, `verifyWebhook` for the receiver, with several secrets so that they can
 * be rotated. It judges signature and age; that a message comes only once is for the caller to see to.
 */
export { generateWebhookSecret, InvalidWebhookSecretError, isWebhookSecret, webhookKey } from './secret.js';
export { signWebhook, type SignatureHeaders } from './sign.js';
export { verifyWebhook, type SignedMessage, type Verification, type VerificationFailure } from './verify.js';
