export { ApiKeyEntity } from './api-key.entity.js';
export { AuthModule } from './auth.module.js';
