import { Injectable, Module } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { Lifecycle } from '#libs/worker';
import { AuditModule } from '../audit/index.js';
import { Config, Keyring } from '../config/index.js';
import { Secrets, SecretsModule } from '../secrets/index.js';
import { SqlProviderSettingsRepository } from './drivers/sql-provider-settings.repository.js';
import { createProcessAdapter } from './process/create-process-adapter.js';
import { ProviderRegistry } from './provider-registry.js';
import { createReplicateAdapter } from './replicate/create-replicate-adapter.js';
import { ProviderSettingsRepository } from './provider-settings.repository.js';
import { ProviderSettingsService, SettingsWorld } from './provider-settings.service.js';
import { ProvidersController } from './providers.controller.js';
import { ProvidersHealth } from './providers.health.js';
import { ProvidersService } from './providers.service.js';

/** What the adapters use of the platform. */
@Injectable()
class ProvidersWorld {
  constructor(
    readonly config: Config,
    readonly keyring: Keyring,
    readonly clock: Clock,
    readonly settings: ProviderSettingsService,
    readonly secrets: Secrets,
  ) {}
}

@Module({
  imports: [AuditModule, SecretsModule],
  controllers: [ProvidersController],
  providers: [
    SettingsWorld,
    ProvidersWorld,
    ProviderSettingsService,
    ProvidersService,
    ProvidersHealth,
    { provide: ProviderSettingsRepository, useClass: SqlProviderSettingsRepository },
    {
      provide: ProviderRegistry,
      inject: [ProvidersWorld, Lifecycle],
      useFactory: registryOf,
    },
  ],
  exports: [ProviderRegistry, ProviderSettingsService],
})
export class ProvidersModule {}

function registryOf(world: ProvidersWorld, lifecycle: Lifecycle): ProviderRegistry {
  const replicate = createReplicateAdapter(world);
  const machine = createProcessAdapter(world);
  for (const worker of [replicate.connections, machine.watch, machine.sweeper]) lifecycle.add(worker);
  return new ProviderRegistry([replicate.adapter, machine.adapter]);
}
