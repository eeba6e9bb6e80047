import { Injectable } from '@nestjs/common';
import type { ServerResponse } from 'node:http';
import {
  answeredStatus,
  contextOf,
  Pipeline,
  RouteTemplates,
  type Answered,
  type PlainRequest,
} from '../http/index.js';
import { HTTP_DURATION } from './exposition/http-observation.js';
import { LazyInstruments } from './exposition/lazy-instruments.js';
import { FleetCounters } from './fleet-counters.js';
import { Metrics, type FleetCounter } from './metrics.js';

const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Totals behind the average of the guide, which is no total itself. */
const ANSWERED = 'http_answered';
const LATENCY = 'http_latency_us';

/** Counts what the pipeline answers, under the template of the route, never the path itself. */
@Injectable()
export class HttpFamilies {
  private readonly requests: FleetCounter;
  private readonly errors: FleetCounter;

  constructor(
    metrics: Metrics,
    pipeline: Pipeline,
    private readonly templates: RouteTemplates,
    private readonly counters: FleetCounters,
    private readonly instruments: LazyInstruments,
  ) {
    const category = 'http';
    this.requests = metrics.counter({ name: 'simpletuner_http_requests_total', help: 'Requests answered', category }, [
      'endpoint',
    ]);
    this.errors = metrics.counter(
      { name: 'simpletuner_http_errors_total', help: 'Requests answered with a status of 400 or more', category },
      ['endpoint_status'],
    );
    const average = {
      name: 'simpletuner_http_request_latency_ms_avg',
      type: 'gauge',
      scope: 'fleet',
      category,
    } as const;
    metrics.add({ ...average, help: 'Average time until requests were answered, streams apart' }, async (scrape) => {
      const totals = await scrape.totals;
      const answered = totals.sumBy(ANSWERED, 0);
      return [...totals.sumBy(LATENCY, 0)].map(([endpoint, latencyUs]) => ({
        labels: { endpoint },
        value: latencyUs / 1_000 / Math.max(1, answered.get(endpoint) ?? 1),
      }));
    });
    const help = 'Time until requests were answered';
    metrics.add({ name: HTTP_DURATION, help, type: 'histogram', scope: 'process', category });
    pipeline.addObserver((request, response, answered) => this.observe(request, response, answered));
  }

  private observe(request: PlainRequest, response: ServerResponse, { durationMs }: Answered): void {
    const method = methods.has(request.method) ? request.method : 'OTHER';
    const route = this.templates.of(request);
    const status = answeredStatus(response);
    const endpoint = `${method}_${route}`;
    this.requests.add([endpoint]);
    if (status >= 400) this.errors.add([`${endpoint}_${status}`]);
    // A stream of events is open for as long as somebody reads it; that says nothing of speed.
    if (String(response.getHeader('content-type') ?? '').startsWith('text/event-stream')) return;
    this.counters.add(ANSWERED, 1, [endpoint]);
    this.counters.add(LATENCY, Math.round(durationMs * 1_000), [endpoint]);
    const { correlationId } = contextOf(request);
    this.instruments.observe({ method, route, status: String(status), seconds: durationMs / 1_000, correlationId });
  }
}
