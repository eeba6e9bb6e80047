import { Module } from '@nestjs/common';
import { AuditModule } from '../audit/index.js';
import { SqlProviderSettingsRepository } from './drivers/sql-provider-settings.repository.js';
import { ProviderRegistry } from './provider-registry.js';
import { ProviderSettingsRepository } from './provider-settings.repository.js';
import { ProviderSettingsService, SettingsWorld } from './provider-settings.service.js';

@Module({
  imports: [AuditModule],
  providers: [
    SettingsWorld,
    ProviderSettingsService,
    { provide: ProviderSettingsRepository, useClass: SqlProviderSettingsRepository },
    { provide: ProviderRegistry, useFactory: () => new ProviderRegistry([]) },
  ],
  exports: [ProviderRegistry, ProviderSettingsService],
})
export class ProvidersModule {}
