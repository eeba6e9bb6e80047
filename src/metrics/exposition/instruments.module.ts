import { Controller, Module, type DynamicModule } from '@nestjs/common';
import { makeHistogramProvider, PrometheusModule } from '@willsoto/nestjs-prometheus';
import { Registry, type OpenMetricsContentType } from 'prom-client';
import { HTTP_DURATION } from './http-observation.js';
import { Instruments } from './instruments.js';

const BUCKETS_SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const EVENT_LOOP_PRECISION_MS = 20;

/** In place of the library's own `GET /metrics`, which nobody could reach but the API description would tell of. */
@Controller()
class NoRoutes {}

/** The instruments of prom-client. Loaded when first needed, so that the start does not wait for them. */
@Module({})
export class InstrumentsModule {
  /** With a registry of its own: two servers in one process count apart. */
  static fresh(): DynamicModule {
    const registry = new Registry<OpenMetricsContentType>();
    registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    return {
      module: InstrumentsModule,
      imports: [
        PrometheusModule.register({
          controller: NoRoutes,
          defaultMetrics: {
            enabled: true,
            config: { register: registry, eventLoopMonitoringPrecision: EVENT_LOOP_PRECISION_MS },
          },
        }),
      ],
      providers: [
        makeHistogramProvider({
          name: HTTP_DURATION,
          help: 'Time until requests were answered',
          labelNames: ['method', 'route', 'status'],
          buckets: BUCKETS_SECONDS,
          registers: [registry],
          enableExemplars: true,
        }),
        { provide: Registry, useValue: registry },
        Instruments,
      ],
    };
  }
}
