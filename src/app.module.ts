import { Module, type DynamicModule } from '@nestjs/common';
import { AuditModule } from './audit/index.js';
import { AuthModule } from './auth/index.js';
import { ConfigModule, type Config } from './config/index.js';
import { ConsoleModule } from './console/index.js';
import { DatabaseModule } from './database/index.js';
import { EventsModule } from './events/index.js';
import { HealthModule } from './health/index.js';
import { HttpModule } from './http/index.js';
import { JobsModule } from './jobs/index.js';
import { LogLevelModule } from './log-level/index.js';
import { MetricsModule } from './metrics/index.js';
import { ProvidersModule } from './providers/index.js';
import { RateLimitModule } from './rate-limit/index.js';
import { schema } from './schema/index.js';
import { SecretsModule } from './secrets/index.js';
import { StateModule } from './state/index.js';
import { StorageModule } from './storage/index.js';
import { WebhooksModule } from './webhooks/index.js';

/** The one list of modules: the map of the house. */
@Module({})
export class AppModule {
  static with(config: Config): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.with(config),
        DatabaseModule.with(schema),
        HttpModule,
        EventsModule,
        HealthModule,
        StateModule,
        MetricsModule,
        SecretsModule,
        AuditModule,
        RateLimitModule.with(),
        AuthModule,
        LogLevelModule,
        ProvidersModule,
        JobsModule,
        StorageModule,
        WebhooksModule,
        ConsoleModule,
      ],
    };
  }
}
