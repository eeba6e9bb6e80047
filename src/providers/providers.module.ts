import { Module } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { Lifecycle } from '#libs/worker';
import { AuditModule } from '../audit/index.js';
import { Config, Keyring } from '../config/index.js';
import { SqlProviderSettingsRepository } from './drivers/sql-provider-settings.repository.js';
import { createProcessAdapter } from './process/create-process-adapter.js';
import { ProviderRegistry } from './provider-registry.js';
import { ProviderSettingsRepository } from './provider-settings.repository.js';
import { ProviderSettingsService, SettingsWorld } from './provider-settings.service.js';
import { ProvidersController } from './providers.controller.js';
import { ProvidersService } from './providers.service.js';

@Module({
  imports: [AuditModule],
  controllers: [ProvidersController],
  providers: [
    SettingsWorld,
    ProviderSettingsService,
    ProvidersService,
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
  const { adapter, watch, sweeper } = createProcessAdapter({ config, keyring, clock, settings });
  lifecycle.add(watch);
  lifecycle.add(sweeper);
  return new ProviderRegistry([adapter]);
}
