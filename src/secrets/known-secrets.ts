/** Secrets that the server itself uses (contract §13): listed even where no source has them. */
export const knownSecrets = ['REPLICATE_API_TOKEN', 'HF_TOKEN', 'CLOUD_WEBHOOK_SECRET'] as const;

/** Those that let jobs be given to a provider. */
export const providerTokens = ['REPLICATE_API_TOKEN'] as const;
