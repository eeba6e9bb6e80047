import { Module } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { SecretChain } from '#libs/secrets';
import { Config } from '../config/index.js';
import { HealthRegistry } from '../health/index.js';
import { createSecretChain } from './create-secret-chain.js';
import { SecretsController } from './secrets.controller.js';
import { secretsFinding } from './secrets.health.js';
import { Secrets } from './secrets.js';
import { SecretsWorker } from './secrets.worker.js';

@Module({
  controllers: [SecretsController],
  providers: [
    {
      provide: SecretChain,
      inject: [Config, Clock, HealthRegistry],
      useFactory: (config: Config, clock: Clock, health: HealthRegistry) => {
        const chain = createSecretChain(config, clock);
        health.add('secrets', async () => secretsFinding(chain));
        return chain;
      },
    },
    { provide: Secrets, useExisting: SecretChain },
    SecretsWorker,
  ],
  exports: [Secrets],
})
export class SecretsModule {}
