import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dashboards, familiesIn, panelQueries, RULES, RULE_TESTS } from '../support/monitoring.js';
import { ServerProcess } from '../support/server.js';
import { requireBinary } from '../support/servers.js';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
}
interface Category {
  readonly id: string;
  readonly metrics: readonly Record<'name' | 'type' | 'scope' | 'help', string>[];
}

const rules = (parse(readFileSync(RULES, 'utf8')) as { groups: { name: string; rules: Rule[] }[] }).groups.flatMap(
  (group) => group.rules,
);
const guideFamilies =
  `uptime_seconds jobs_total jobs_by_status jobs_active cost_usd_total job_duration_seconds_avg http_requests_total
  http_errors_total http_request_latency_ms_avg rate_limit_violations_total rate_limit_tracked_clients approval_requests_pending
  approval_requests_by_status audit_log_entries_total audit_log_entries_24h circuit_breaker_state circuit_breaker_failures_total
  cost_limit_percent_used credit_balance_usd health_database_latency_ms`.split(/\s+/);
const page = readFileSync('docs/metrics.md', 'utf8');

describe('alerts and dashboards', () => {
  const promtool = requireBinary('promtool', 'prometheus');
  let server: ServerProcess;
  let categories: readonly Category[];
  let scraped: Set<string>;
  beforeAll(async () => {
    server = await ServerProcess.start();
    ({ categories } = await server.json<{ categories: Category[] }>('/api/cloud/metrics/categories'));
    const wanted = categories.map(({ id }) => `categories=${id}`).join('&');
    const { content } = await server.json<{ content: string }>(`/api/cloud/metrics/preview?${wanted}`);
    scraped = new Set([...content.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name as string));
  });
  afterAll(() => server.dispose());

  it.each([
    ['are rules that Prometheus takes', ['check', 'rules', RULES]],
    ['are raised when they should be, and only then', ['test', 'rules', RULE_TESTS]],
  ])('%s', (_name, command) => {
    expect(() => execFileSync(promtool, command, { encoding: 'utf8', stdio: 'pipe' })).not.toThrow();
  });

  it('have a test for each alert that expects it, and a line in the documentation with its severity', () => {
    const { tests } = parse(readFileSync(RULE_TESTS, 'utf8')) as {
      tests: { alert_rule_test: { alertname: string; exp_alerts?: unknown[] }[] }[];
    };
    const expected = tests
      .flatMap(({ alert_rule_test: cases }) => cases)
      .filter(({ exp_alerts: alerts = [] }) => alerts.length > 0);
    const names = rules.map(({ alert }) => alert).sort();
    expect([...new Set(expected.map(({ alertname }) => alertname))].sort()).toEqual(names);
    const told = [...page.matchAll(/^\| `(SimpleTuner\w+)` \| .+ \| (\w+) \|$/gm)].map(([, name, level]) => [
      name,
      level,
    ]);
    expect(told.sort()).toEqual(rules.map(({ alert, labels }) => [alert, labels.severity]).sort());
  });

  it('read only families that a server has', () => {
    const asked = [...rules, ...panelQueries()].map(({ expr }) => [expr, familiesIn(expr)] as const);
    for (const [expr, families] of asked) for (const name of families) expect(scraped, expr).toContain(name);
    expect(new Set(asked.flatMap(([, families]) => families)).size).toBeGreaterThan(30);
  });

  it('show every family that the guide lists', () => {
    const shown = new Set(panelQueries().flatMap(({ expr }) => familiesIn(expr)));
    expect(guideFamilies.filter((name) => !shown.has(`simpletuner_${name}`))).toEqual([]);
  });

  it('are dashboards with ids of their own, panels that do not overlap, and the data source to be chosen', () => {
    const all = dashboards();
    expect(new Set(all.map(({ uid }) => uid)).size).toBe(all.length);
    expect(all.map(({ title }) => title)).toEqual(
      ['fleet overview', 'jobs and cost', 'limits and auth', 'storage', 'webhooks'].map(
        (name) => `SimpleTuner: ${name}`,
      ),
    );
    for (const { title, panels, templating } of all) {
      const names = templating.list.map(({ name }) => name);
      expect(names, title).toContain('datasource');
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
      const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
      );
      expect(new Set(cells).size, title).toBe(cells.length);
      for (const { expr, datasource } of panels.flatMap(({ targets = [] }) => targets)) {
        expect(datasource.uid).toBe('${datasource}');
        for (const [, name = ''] of expr.matchAll(/\$(\w+)/g))
          if (!/^(\d+|__rate_interval)$/.test(name)) expect(names, expr).toContain(name);
      }
    }
  });

  it('have every family in the documentation, as the server tells of it', () => {
    const sections = page.split(/^### `(\w+)`$/m).slice(1);
    const told = new Map(
      sections.flatMap((id, index) => (index % 2 === 0 ? [[id, rowsOf(sections[index + 1] ?? '')]] : [])),
    );
    for (const { id, metrics } of categories)
      expect(told.get(id), id).toEqual(
        metrics
          .filter(({ name }) => !/^simpletuner_health_\w+_latency_ms$/.test(name))
          .map(({ name, type, scope, help }) => `| \`${name}\` | ${type} | ${scope} | ${help} |`)
          .sort(),
      );
    expect([...told.keys()]).toEqual(categories.map(({ id }) => id));
  });
});

/** The rows of families, but the one that stands for all components of health. */
function rowsOf(section: string): string[] {
  return (section.match(/^\| `\w+` \|.*$/gm) ?? []).sort();
}
