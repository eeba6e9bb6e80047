import { Inject, Injectable } from '@nestjs/common';
import { InjectMetric } from '@willsoto/nestjs-prometheus';
import { Registry, type Histogram, type Metric, type OpenMetricsContentType } from 'prom-client';
import { HTTP_DURATION, type HttpObservation } from './http-observation.js';
import { contentTypes, type ExpositionFormat } from './format.js';

/** A family with its series, ready to be written down. */
export interface FamilyData {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values: readonly SeriesData[];
}

export interface SeriesData {
  readonly value: number;
  readonly labels: Readonly<Record<string, string | number>>;
  /** Where it is not the name of the family: the parts of a histogram. */
  readonly metricName?: string | undefined;
  readonly exemplar?: unknown;
}

/** An exemplar has room for 128 characters, names included. */
const EXEMPLAR_CHARS_MAX = 128;
const EXEMPLAR_LABEL = 'correlation_id';
/** Gauges that prom-client calls `_total`, as only counters may be called. Their parts by type are there as well. */
const misnamed = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** What this process measures of itself, and how families are written down. */
@Injectable()
export class Instruments {
  constructor(
    @Inject(Registry) private readonly registry: Registry<OpenMetricsContentType>,
    @InjectMetric(HTTP_DURATION) private readonly httpDuration: Histogram,
  ) {
    for (const name of misnamed) registry.removeSingleMetric(name);
  }

  observe({ method, route, status, seconds, correlationId }: HttpObservation): void {
    const fits = EXEMPLAR_LABEL.length + correlationId.length <= EXEMPLAR_CHARS_MAX;
    this.httpDuration.observe({
      labels: { method, route, status },
      value: seconds,
      exemplarLabels: fits ? { [EXEMPLAR_LABEL]: correlationId } : {},
    });
  }

  /** The histogram of requests. */
  async http(): Promise<FamilyData> {
    return familyOf((await this.httpDuration.get()) as unknown as FamilyData);
  }

  /** Processor, memory, event loop and garbage collection of this process. */
  async process(): Promise<readonly FamilyData[]> {
    const all = (await this.registry.getMetricsAsJSON()) as unknown as FamilyData[];
    return all.filter(({ name }) => name !== HTTP_DURATION).map(familyOf);
  }

  /** Writes families down, escaped as the format wants it. */
  render(families: readonly FamilyData[], format: ExpositionFormat): Promise<string> {
    const page = new Registry<OpenMetricsContentType>();
    page.setContentType(contentTypes[format] as OpenMetricsContentType);
    for (const family of families) page.registerMetric(readyMade(family, format));
    return page.metrics();
  }
}

function familyOf({ name, help, type, values }: FamilyData): FamilyData {
  return { name, help, type, values };
}

/** OpenMetrics names a counter without `_total`, which the registry puts on its series. */
function readyMade(family: FamilyData, format: ExpositionFormat): Metric {
  const isBare = format === 'openmetrics' && family.type === 'counter';
  const data = { ...family, name: isBare ? family.name.replace(/_total$/, '') : family.name };
  return { name: data.name, type: data.type, get: () => Promise.resolve(data) } as unknown as Metric;
}
