export { AwsReader, type AwsOptions } from './aws-reader.js';
export { CachedDocument, DocumentReader, type CacheWorld, type ReadDocument } from './cached-document.js';
export { EnvironmentSource } from './environment-source.js';
export { FileReader } from './file-reader.js';
export { filePolicy, servicePolicy } from './limits.js';
export { SecretChain, type SecretDescription } from './secret-chain.js';
export type { SecretSource, SourceName, SourceState } from './secret-source.js';
export { VaultReader } from './vault-reader.js';
export type { VaultOptions } from './vault-session.js';
