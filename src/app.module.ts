import { Module, type DynamicModule } from '@nestjs/common';
import { AuditModule } from './audit/index.js';
import { AuthModule } from './auth/index.js';
import { BackupModule } from './backup/index.js';
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
import { RateLimitModule, type RateLimitOptions } from './rate-limit/index.js';
import { schema } from './schema/index.js';
import { SecretsModule } from './secrets/index.js';
import { StateModule } from './state/index.js';
import { StorageModule } from './storage/index.js';
import { WebhooksModule } from './webhooks/index.js';

/** What a program that embeds the server decides, beside the environment. */
export interface AppOptions {
  readonly rateLimit?: RateLimitOptions;
}

/** The one list of modules: the map of the house. */
@Module({})
export class AppModule {
  static with(config: Config, options: AppOptions = {}): DynamicModule {
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
        RateLimitModule.with(options.rateLimit),
        AuthModule,
        LogLevelModule,
        ProvidersModule,
        JobsModule,
        StorageModule,
        WebhooksModule,
        BackupModule,
        ConsoleModule,
      ],
    };
  }
}
