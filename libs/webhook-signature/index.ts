export { generateWebhookSecret, InvalidWebhookSecretError, webhookKey } from './secret.js';
export { signWebhook, type SignatureHeaders } from './sign.js';
export { verifyWebhook, type SignedMessage, type Verification, type VerificationFailure } from './verify.js';
