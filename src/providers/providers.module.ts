import { Injectable, Module } from '@nestjs/common';
import { EgressGuard } from '#libs/outbound';
import { Lifecycle } from '#libs/worker';
import { AuditModule } from '../audit/index.js';
import { Config, Keyring } from '../config/index.js';
import { Secrets, SecretsModule } from '../secrets/index.js';
import { CircuitBreakers } from './circuit-breakers.js';
import { ConnectionTest } from './connection-test.js';
import { SqlProviderSettingsRepository } from './drivers/sql-provider-settings.repository.js';
import { InsecureWatch } from './insecure-watch.js';
import { createProcessAdapter } from './process/create-process-adapter.js';
import { ProviderRegistry } from './provider-registry.js';
import { createReplicateAdapter } from './replicate/create-replicate-adapter.js';
import { ProviderSettingsRepository } from './provider-settings.repository.js';
import { ProviderSettingsService, SettingsWorld } from './provider-settings.service.js';
import { ProviderTokens } from './provider-tokens.js';
import { ProvidersController } from './providers.controller.js';
import { ProvidersMetrics } from './providers.metrics.js';
import { ProvidersHealth } from './providers.health.js';
import { ProvidersService } from './providers.service.js';

/** How providers are reached. */
@Injectable()
class ProviderNet {
  constructor(
    readonly guard: EgressGuard,
    readonly circuits: CircuitBreakers,
  ) {}
}

/** What the adapters use of the platform. */
@Injectable()
class ProvidersWorld {
  constructor(
    readonly base: SettingsWorld,
    readonly keyring: Keyring,
    readonly settings: ProviderSettingsService,
    readonly secrets: Secrets,
    readonly net: ProviderNet,
  ) {}
}

@Module({
  imports: [AuditModule, SecretsModule],
  controllers: [ProvidersController],
  providers: [
    SettingsWorld,
    CircuitBreakers,
    {
      provide: EgressGuard,
      inject: [Config],
      useFactory: ({ settings }: Config) => new EgressGuard(settings.egressAllow),
    },
    ProviderNet,
    ProvidersWorld,
    ProviderSettingsService,
    ProvidersService,
    ProvidersHealth,
    ProvidersMetrics,
    ProviderTokens,
    ConnectionTest,
    InsecureWatch,
    { provide: ProviderSettingsRepository, useClass: SqlProviderSettingsRepository },
    {
      provide: ProviderRegistry,
      inject: [ProvidersWorld, Lifecycle],
      useFactory: registryOf,
    },
  ],
  exports: [ProviderRegistry, ProviderSettingsService, CircuitBreakers, EgressGuard, InsecureWatch, ConnectionTest],
})
export class ProvidersModule {}

function registryOf({ base, keyring, settings, secrets, net }: ProvidersWorld, lifecycle: Lifecycle): ProviderRegistry {
  const { config, clock } = base;
  const world = { config, clock, keyring, settings, secrets, guard: net.guard, circuits: net.circuits };
  world.settings.onChanged((provider) => void net.circuits.reset(provider));
  const replicate = createReplicateAdapter(world);
  const machine = createProcessAdapter(world);
  for (const worker of [replicate.connections, machine.watch, machine.sweeper]) lifecycle.add(worker);
  return new ProviderRegistry([replicate.adapter, machine.adapter]);
}
