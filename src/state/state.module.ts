import { Global, Inject, Injectable, Module, type OnApplicationShutdown } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { SlidingWindow, StateStore, type StateBackend } from '#libs/state';
import { Config } from '../config/index.js';
import { HealthRegistry } from '../health/index.js';
import { openState } from './open-state.js';
import { StateWatch } from './state-watch.js';

/** The one thing of the module that is no class: what `openStateBackend` answered. */
const BACKEND = Symbol('state backend');

/** Closes in the last hook: requests in flight and workers still need the store until then. Tells health how it is. */
@Injectable()
class StateCloser implements OnApplicationShutdown {
  constructor(
    @Inject(BACKEND) private readonly backend: StateBackend,
    private readonly watch: StateWatch,
    health: HealthRegistry,
  ) {
    const label = backend.product;
    health.add('state_backend', async () => {
      const isHealthy = await watch
        .run(() => backend.ping())
        .then(
          () => true,
          () => false,
        );
      if (isHealthy) return { status: 'healthy', message: `${label} state backend accessible` };
      const seconds = Math.round(watch.downForMs / 1_000);
      return {
        status: 'degraded',
        message: `${label} state backend has not answered for ${seconds} s: rate limits are counted by each process for itself; logins are refused`,
      };
    });
  }

  async onApplicationShutdown(): Promise<void> {
    this.watch.close();
    await this.backend.close();
  }
}

/** Shared short-lived state of all processes of an installation: `StateStore` and `SlidingWindow`. */
@Global()
@Module({
  providers: [
    { provide: BACKEND, inject: [Config, Clock], useFactory: openState },
    { provide: StateStore, inject: [BACKEND], useFactory: ({ store }: StateBackend) => store },
    { provide: SlidingWindow, inject: [BACKEND], useFactory: ({ window }: StateBackend) => window },
    {
      provide: StateWatch,
      inject: [BACKEND, Clock],
      useFactory: (backend: StateBackend, clock: Clock) => new StateWatch(backend, clock),
    },
    StateCloser,
  ],
  exports: [StateStore, SlidingWindow, StateWatch],
})
export class StateModule {}
