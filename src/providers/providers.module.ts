import { Module } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { Lifecycle } from '#libs/worker';
import { AuditModule } from '../audit/index.js';
import { Config, Keyring } from '../config/index.js';
import { SqlProviderSettingsRepository } from './drivers/sql-provider-settings.repository.js';
import { createProcessAdapter } from './process/create-process-adapter.js';
import { ProviderRegistry } from './provider-registry.js';
import { createReplicateAdapter } from './replicate/create-replicate-adapter.js';
import { ProviderSettingsRepository } from './provider-settings.repository.js';
import { ProviderSettingsService, SettingsWorld } from './provider-settings.service.js';
import { ProvidersController } from './providers.controller.js';
import { ProvidersHealth } from './providers.health.js';
import { ProvidersService } from './providers.service.js';

@Module({
  imports: [AuditModule],
  controllers: [ProvidersController],
  providers: [
    SettingsWorld,
    ProviderSettingsService,
    ProvidersService,
    ProvidersHealth,
    { provide: ProviderSettingsRepository, useClass: SqlProviderSettingsRepository },
    {
      provide: ProviderRegistry,
      inject: [Config, Keyring, Clock, ProviderSettingsService, Lifecycle],
      useFactory: registryOf,
    },
  ],
  exports: [ProviderRegistry, ProviderSettingsService],
})
export class ProvidersModule {}

function registryOf(
  config: Config,
  keyring: Keyring,
  clock: Clock,
  settings: ProviderSettingsService,
  lifecycle: Lifecycle,
): ProviderRegistry {
  const replicate = createReplicateAdapter({ config, clock, settings });
  const machine = createProcessAdapter({ config, keyring, clock, settings });
  for (const worker of [replicate.connections, machine.watch, machine.sweeper]) lifecycle.add(worker);
  return new ProviderRegistry([replicate.adapter, machine.adapter]);
}
