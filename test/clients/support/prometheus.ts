import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { vi } from 'vitest';
import { endChild } from '../../support/end-child.js';
import { freePort, requireBinary } from '../../support/servers.js';

const CONFIGURATION = 'ops/prometheus/prometheus.yml';
const START_TIMEOUT_MS = 20_000;

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  /** Seconds since 1970, and the value. */
  readonly values: readonly (readonly [timeSeconds: number, value: number])[];
}

export interface Alert {
  readonly name: string;
  /** `unknown` before it was evaluated, `ok`, or `err`. */
  readonly health: string;
  readonly state: 'inactive' | 'pending' | 'firing';
}

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data: {
    readonly result: readonly {
      readonly metric: Readonly<Record<string, string>>;
      readonly value?: readonly [number, string];
      readonly values?: readonly (readonly [number, string])[];
    }[];
  };
}

/** A real Prometheus with the configuration and the rules that the repository gives operators. */
export class Prometheus {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    private readonly origin: string,
  ) {}

  /** Scrapes `targets` (host:port) in place of those of the configuration. */
  static async start(targets: readonly string[], token: string, intervalMs: number): Promise<Prometheus> {
    const folder = mkdtempSync(join(tmpdir(), 'prometheus-'));
    const tokenFile = join(folder, 'token');
    const file = join(folder, 'prometheus.yml');
    writeFileSync(tokenFile, token);
    writeFileSync(
      file,
      readFileSync(CONFIGURATION, 'utf8')
        .replace('evaluation_interval: 30s', 'evaluation_interval: 1s')
        .replace("['rules/*.yml']", `['${resolve('ops/prometheus/rules')}/*.yml']`)
        .replace('/run/secrets/metrics-token', tokenFile)
        .replace('scrape_interval: 30s', `scrape_interval: ${intervalMs}ms\n    scrape_timeout: ${intervalMs}ms`)
        .replace("['app-1:8080', 'app-2:8080']", JSON.stringify(targets)),
    );
    const port = await freePort();
    const child = spawn(
      requireBinary('prometheus', 'prometheus'),
      [`--config.file=${file}`, `--storage.tsdb.path=${folder}/data`, `--web.listen-address=127.0.0.1:${port}`],
      { stdio: 'ignore' },
    );
    const prometheus = new Prometheus(child, folder, `http://127.0.0.1:${port}`);
    await vi.waitUntil(() => prometheus.isReady(), { timeout: START_TIMEOUT_MS, interval: 100 });
    return prometheus;
  }

  /** Evaluates at `timeSeconds`, now when it is left out. @throws Error with what Prometheus says of the query. */
  async query(expr: string, timeSeconds?: number): Promise<Series[]> {
    const parameters = new URLSearchParams({ query: expr, ...(timeSeconds && { time: String(timeSeconds) }) });
    const response = await fetch(`${this.origin}/api/v1/query`, { method: 'POST', body: parameters });
    const { status, error, data } = (await response.json()) as Answer;
    if (status !== 'success') throw new Error(`${expr}: ${error}`);
    return data.result.map(({ metric, value, values = [] }) => ({
      metric,
      values: (value ? [value] : values).map(([atSeconds, text]) => [atSeconds, Number(text)] as const),
    }));
  }

  /** The sum of what a query finds at this moment. */
  async sum(expr: string): Promise<number> {
    const found = await this.query(expr);
    return found.reduce((sum, { values }) => sum + (values[0]?.[1] ?? 0), 0);
  }

  /** The alerts of the rules as they stand. */
  async alerts(): Promise<readonly Alert[]> {
    const response = await fetch(`${this.origin}/api/v1/rules`);
    const { data } = (await response.json()) as { data: { groups: { rules: Alert[] }[] } };
    return data.groups.flatMap(({ rules }) => rules);
  }

  async stop(): Promise<void> {
    await endChild(this.child, 'SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  private isReady(): Promise<boolean> {
    return fetch(`${this.origin}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  }
}
