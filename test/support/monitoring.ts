import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const DASHBOARDS = 'ops/grafana/dashboards';
export const RULES = 'ops/prometheus/rules/simpletuner.yml';
export const RULE_TESTS = 'ops/prometheus/tests/simpletuner.yml';

/** A query of a panel, as Grafana sends it to Prometheus. */
export interface PanelQuery {
  readonly dashboard: string;
  readonly panel: string;
  readonly expr: string;
}

export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly templating: { readonly list: readonly { readonly name: string }[] };
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly targets?: readonly { readonly expr: string; readonly datasource: { readonly uid: string } }[];
  }[];
}

/** The dashboards that are shipped. */
export function dashboards(): Dashboard[] {
  return readdirSync(DASHBOARDS)
    .sort()
    .map((file) => JSON.parse(readFileSync(join(DASHBOARDS, file), 'utf8')) as Dashboard);
}

export function panelQueries(): PanelQuery[] {
  return dashboards().flatMap(({ title: dashboard, panels }) =>
    panels.flatMap(({ title: panel, targets = [] }) => targets.map(({ expr }) => ({ dashboard, panel, expr }))),
  );
}

/** The alerts that are shipped, in alphabetical order. */
export function alertNames(): string[] {
  return [...readFileSync(RULES, 'utf8').matchAll(/- alert: (\w+)/g)].map(([, name]) => name ?? '').sort();
}

/** The families that a query reads; the parts of a histogram are told by its name. */
export function familiesIn(expr: string): string[] {
  const names = expr.match(/\b(simpletuner|process|nodejs)_\w+/g) ?? [];
  return names.map((name) => name.replace(/_(bucket|count|sum)$/, ''));
}
