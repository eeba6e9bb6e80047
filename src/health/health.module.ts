import { Global, Module } from '@nestjs/common';
import { CertificateHealth } from './certificate.health.js';
import { HealthController } from './health.controller.js';
import { HealthRegistry } from './health.registry.js';
import { HealthService } from './health.service.js';

@Global()
@Module({
  controllers: [HealthController],
  providers: [HealthRegistry, HealthService, CertificateHealth],
  exports: [HealthRegistry],
})
export class HealthModule {}
