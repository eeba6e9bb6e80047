import type { Config } from '../../config/index.js';

const TIMEOUT_MS = 20_000;

export interface ServerAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** The server of this configuration, as it is reached from this machine: by its ops listener. */
export class RunningServer {
  readonly origin: string;

  constructor(
    { settings: { host, port } }: Pick<Config, 'settings'>,
    private readonly apiKey: string | undefined,
  ) {
    const address = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
    this.origin = `http://${address.includes(':') ? `[${address}]` : address}:${port}`;
  }

  /** Undefined when nothing that speaks HTTP answers there. */
  async ask(method: 'GET' | 'POST', path: string): Promise<ServerAnswer | undefined> {
    const headers: Record<string, string> = this.apiKey === undefined ? {} : { 'X-API-Key': this.apiKey };
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const answer = await fetch(this.origin + path, { method, headers, signal, redirect: 'manual' });
      return { status: answer.status, body: objectIn(await answer.text()) };
    } catch {
      return undefined;
    }
  }

  /** The names of the providers that are set up; undefined when the server does not say. */
  async configuredProviders(): Promise<string[] | undefined> {
    const answer = await this.ask('GET', '/api/cloud/providers');
    const { providers } = (answer?.body ?? {}) as { providers?: { name: string; is_configured: boolean }[] };
    return answer?.status === 200
      ? (providers ?? []).filter(({ is_configured }) => is_configured).map(({ name }) => name)
      : undefined;
  }
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
