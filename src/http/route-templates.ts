import { Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { Pipeline } from './pipeline.js';
import type { PlainRequest } from './request-context.js';

/** What express keeps of a route. */
interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}

/** What no route serves. */
const UNMATCHED = 'unmatched';
/** How the guide writes what is served below a prefix. */
const rawTemplates: Readonly<Record<string, string>> = {
  '/api/cloud/storage': '/api/cloud/storage/{bucket}/{key}',
  '/api/webhooks': '/api/webhooks/{provider}',
};

/** The template of the route that a request is for: one of a closed set, whatever the path was. */
@Injectable()
export class RouteTemplates {
  private readonly templates = new Map<string, string>();

  constructor(
    private readonly adapterHost: HttpAdapterHost,
    private readonly pipeline: Pipeline,
  ) {}

  of(request: PlainRequest & { readonly route?: unknown }): string {
    const raw = this.pipeline.rawPrefixOf(request.path);
    if (raw !== undefined) return rawTemplates[raw] ?? raw;
    // Refused before it came to its route, a request has none yet.
    const path = (request.route as Layer['route'] | undefined)?.path ?? this.wanted(request);
    return typeof path === 'string' ? this.template(path) : UNMATCHED;
  }

  /** There are as many as there are routes. */
  private template(path: string): string {
    let template = this.templates.get(path);
    if (template === undefined) this.templates.set(path, (template = path.replaceAll(/:(\w+)/g, '{$1}')));
    return template;
  }

  private wanted({ method, path }: PlainRequest): string | undefined {
    const { router } = this.adapterHost.httpAdapter.getInstance<{ router: { stack: readonly Layer[] } }>();
    const isWanted = (layer: Layer): boolean =>
      layer.route?.methods[method.toLowerCase()] === true && matches(layer, path);
    return router.stack.find(isWanted)?.route?.path;
  }
}

/** Express throws at a path whose escapes are no text (`%E0%A4%A`); such a path leads to no route. */
function matches(layer: Layer, path: string): boolean {
  try {
    return layer.match(path);
  } catch {
    return false;
  }
}
