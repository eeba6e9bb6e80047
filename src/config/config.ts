import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { EnvironmentError, readEnv, type Source, type ValuesOf } from '#libs/env';
import { programEnvironment } from './program-environment.js';
import { chooseStateBackend } from './state-backend.js';
import { variables } from './variables.js';

/** The server cannot start for a reason that its operator can mend; the message says how. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

export type Settings = ValuesOf<typeof variables>;

/** Where things lie on disk; everything is under SIMPLETUNER_HOME. */
export interface Paths {
  readonly home: string;
  /** The folder of the database and the master key. */
  readonly cloud: string;
  readonly outputs: string;
  readonly backups: string;
  /** What jobs on this machine work with while they run. */
  readonly work: string;
  readonly secretKeyFile: string;
}

/** The one configuration of a running server: read once, never changed. */
export class Config {
  constructor(
    readonly settings: Settings,
    readonly sources: Readonly<Record<keyof Settings, Source>>,
    readonly paths: Paths,
    /** What programs started by the server inherit of its environment. */
    readonly programEnvironment: Readonly<Record<string, string>>,
    /** A variable that is no setting: secrets, whose names are known only to those who use them. */
    readonly variable: (name: string) => string | undefined,
  ) {}

  get isProduction(): boolean {
    return this.settings.nodeEnv === 'production';
  }

  /** No other process works on the same records, so whatever is claimed or leased was left by a former run. */
  get isAlone(): boolean {
    return this.settings.replicas === 1 && this.settings.workers === 1;
  }
}

/**
 * Reads the environment into a Config.
 * @throws EnvironmentError with one line per fault.
 */
export function loadConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const { values, sources } = readEnv(variables, environment);
  const home = values.home === '' ? join(homedir(), '.simpletuner') : resolve(expandHome(values.home));
  const cloud = join(home, 'config', 'cloud');
  const state = chooseStateBackend(values, cloud);
  const problems = [
    publicUrlProblem(values.publicUrl),
    replicasProblem(values),
    tlsProblem(values),
    forwardProblem(values),
    typeof state === 'string' ? state : undefined,
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0 || typeof state === 'string') throw new EnvironmentError(problems);
  const settings: Settings = {
    ...values,
    home,
    publicHost: values.publicHost === '' ? values.host : values.publicHost,
    publicUrl: values.publicUrl.replace(/\/+$/, ''),
    databaseUrl: values.databaseUrl === '' ? sqliteUrl(join(cloud, 'jobs.db')) : values.databaseUrl,
    stateBackend: state.kind,
    stateBackendUrl: state.url,
  };
  const paths = {
    home,
    cloud,
    outputs: join(home, 'outputs'),
    backups: values.backupDirectory === '' ? join(home, 'backups') : resolve(expandHome(values.backupDirectory)),
    work: join(home, 'work'),
    secretKeyFile: join(cloud, 'secret.key'),
  };
  return new Config(settings, sources, paths, programEnvironment(environment), (name) => environment[name]);
}

/** In a URL a percent sign begins an escape. */
function sqliteUrl(file: string): string {
  return `sqlite://${file.replaceAll('%', '%25')}`;
}

/** `~` and `~/…` stand for the user's home directory, as in the guide's examples. */
export function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}

/** Why `url` cannot be a public URL, or undefined when it can (contract §1). */
export function publicUrlProblem(url: string, name = 'SIMPLETUNER_PUBLIC_URL'): string | undefined {
  if (url === '') return undefined;
  const parsed = new URL(url);
  const isLoopback =
    parsed.hostname === 'localhost' || parsed.hostname === '[::1]' || /^127(\.\d+){3}$/.test(parsed.hostname);
  if (parsed.protocol !== 'https:' && !isLoopback)
    return `${name}: allowed: an https URL (http only for a loopback address)`;
  if (parsed.username || parsed.password || parsed.search || parsed.hash)
    return `${name}: allowed: a URL without user info, query or fragment`;
  return undefined;
}

function replicasProblem(values: Settings): string | undefined {
  if (values.replicas === 1 || values.secretKey !== '') return undefined;
  return 'SIMPLETUNER_SECRET_KEY: must be set when SIMPLETUNER_REPLICAS is above 1: each replica would generate its own master key and refuse the upload tokens of the others';
}

function tlsProblem(values: Settings): string | undefined {
  if ((values.sslCert === '') === (values.sslKey === '')) return undefined;
  return 'SIMPLETUNER_SSL_CERT and SIMPLETUNER_SSL_KEY: set both or neither';
}

function forwardProblem(values: Settings): string | undefined {
  if ((values.auditForwardUrl === '') === (values.auditForwardSecret === '')) return undefined;
  return 'SIMPLETUNER_AUDIT_FORWARD_URL and SIMPLETUNER_AUDIT_FORWARD_SECRET: set both or neither';
}
