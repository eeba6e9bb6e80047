import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { loadConfig, variables } from '../../src/config/index.js';

/** A scalar, or what `${NAME:?why}` and `${NAME:-default}` make of it with these values. */
function substituted(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\$\{(\w+)(?::[?-]([^}]*))?\}/g, (_all, name: string) => values[name] ?? '');
}

interface Service {
  readonly image: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly secrets?: readonly string[];
  readonly ports?: readonly string[];
  readonly stop_grace_period?: string;
  readonly read_only?: boolean;
  readonly depends_on?: readonly string[] | Readonly<Record<string, unknown>>;
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly secrets: Readonly<Record<string, unknown>>;
}

const compose = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true }) as Compose;
const services = Object.entries(compose.services);
const names = new Set(Object.values(variables).map(({ name }) => name));
/** Secrets are looked for when they are used and are in no table. */
const secrets = new Set(['REPLICATE_API_TOKEN']);

describe('docker-compose.yml', () => {
  it.each(services)(
    '%s: volumes, secrets and services that it names exist, and its image has a version',
    (name, service) => {
      for (const volume of service.volumes ?? []) {
        const source = volume.split(':')[0] ?? '';
        expect(source.startsWith('.') ? existsSync(source) : source in compose.volumes, volume).toBe(true);
      }
      for (const secret of service.secrets ?? []) expect(compose.secrets).toHaveProperty(secret);
      const needed = Array.isArray(service.depends_on) ? service.depends_on : Object.keys(service.depends_on ?? {});
      for (const other of needed as string[]) expect(compose.services).toHaveProperty(other);
      if (!name.startsWith('app-')) expect(service.image).toMatch(/:v?\d/);
    },
  );

  it('publishes ports on this machine alone', () => {
    for (const [, { ports = [] }] of services) for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  it.each(services.filter(([name]) => name.startsWith('app-')))(
    '%s gets settings that the server takes',
    (_name, app) => {
      const values = {
        SIMPLETUNER_SECRET_KEY: 'x'.repeat(48),
        POSTGRES_PASSWORD: 'p',
        SIMPLETUNER_METRICS_TOKEN: 'm'.repeat(48),
      };
      const environment = Object.fromEntries(
        Object.entries(app.environment ?? {}).map(([name, text]) => [name, substituted(text, values)]),
      );
      for (const name of Object.keys(environment)) expect(names.has(name) || secrets.has(name), name).toBe(true);
      const { settings } = loadConfig(environment);
      expect(settings.replicas).toBe(services.filter(([name]) => name.startsWith('app-')).length);
      expect(Number(app.stop_grace_period?.replace('s', '')) * 1_000).toBeGreaterThan(
        settings.drainMs + settings.shutdownTimeoutMs,
      );
      expect(app.read_only).toBe(true);
    },
  );

  it('has a balancer that leads to every replica, on the ports at which they listen', () => {
    const nginx = readFileSync('ops/nginx/nginx.conf', 'utf8');
    const { port, publicPort } = loadConfig({}).settings;
    for (const [name] of services.filter(([service]) => service.startsWith('app-'))) {
      expect(nginx).toContain(`server ${name}:${port} `);
      expect(nginx).toContain(`server ${name}:${publicPort} `);
    }
  });
});

describe('Dockerfile', () => {
  const lines = readFileSync('Dockerfile', 'utf8').replace(/\\\n/g, ' ').split('\n');
  const stage = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM')));
  const arguments_ = (instruction: string, of = stage): string[] =>
    of.filter((line) => line.startsWith(`${instruction} `)).map((line) => line.slice(instruction.length + 1).trim());

  it('copies what there is', () => {
    const copied = arguments_('COPY', lines).filter((line) => !line.startsWith('--from'));
    for (const line of copied)
      for (const source of line.split(' ').slice(0, -1)) expect(existsSync(source), source).toBe(true);
    expect(readFileSync('.dockerignore', 'utf8').split('\n')).not.toContain('src');
  });

  it('brings the programs that make backups of database servers', () => {
    expect(stage.join('\n')).toMatch(/apt-get install .*\bmariadb-client\b.*\bpostgresql-client\b/);
  });

  it('runs as an ordinary user, on the ports and with the settings of the server', () => {
    expect(arguments_('USER')).toEqual(['10001:10001']);
    const { port, publicPort } = loadConfig({}).settings;
    expect(arguments_('EXPOSE')).toEqual([`${port} ${publicPort}`]);
    const set =
      arguments_('ENV')
        .join(' ')
        .match(/\b[A-Z_]+(?==)/g) ?? [];
    for (const name of set) expect(names.has(name) || ['NODE_OPTIONS', 'PATH'].includes(name), name).toBe(true);
  });

  it('starts the program that the build makes', () => {
    const [command] = arguments_('CMD').filter((line) => line.startsWith('["node", "dist'));
    const [, file] = JSON.parse(command ?? '[]') as string[];
    expect(existsSync((file ?? '').replace('dist/', '').replace(/\.js$/, '.ts'))).toBe(true);
  });
});
