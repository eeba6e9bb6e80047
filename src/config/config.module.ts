import { Global, Module, type DynamicModule } from '@nestjs/common';
import { Clock, SystemClock } from '#libs/clock';
import { Config } from './config.js';
import { Keyring, openKeyring } from './keyring.js';

/** What everything may inject: the configuration, the keys derived from the master key, and time. */
@Global()
@Module({})
export class ConfigModule {
  static with(config: Config): DynamicModule {
    const providers = [
      { provide: Config, useValue: config },
      { provide: Clock, useClass: SystemClock },
      { provide: Keyring, useFactory: () => openKeyring(config) },
    ];
    return { module: ConfigModule, providers, exports: [Config, Clock, Keyring] };
  }
}
