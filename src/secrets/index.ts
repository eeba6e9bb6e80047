export { createSecretChain } from './create-secret-chain.js';
export { providerTokens } from './known-secrets.js';
export { Secrets } from './secrets.js';
export { SecretsModule } from './secrets.module.js';
export { setSecret } from './set-secret.js';
