export { Secrets } from './secrets.js';
export { SecretsModule } from './secrets.module.js';
export { setSecret } from './set-secret.js';
