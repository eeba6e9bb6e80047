import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Clock } from '#libs/clock';
import {
  AwsReader,
  CachedDocument,
  EnvironmentSource,
  FileReader,
  filePolicy,
  SecretChain,
  servicePolicy,
  VaultReader,
  type CacheWorld,
  type SecretSource,
} from '#libs/secrets';
import { expandHome, type Config } from '../config/index.js';
import { knownSecrets } from './known-secrets.js';

const RANDOM_STEPS = 1_000_000;

/** The chain of contract §13, as far as the settings ask for it; nothing is read and no client is loaded before the first question. */
export function createSecretChain(config: Pick<Config, 'settings' | 'paths' | 'variable'>, clock: Clock): SecretChain {
  const { settings, paths } = config;
  const world: CacheWorld = { clock, random: () => randomInt(RANDOM_STEPS) / RANDOM_STEPS };
  const environment = new EnvironmentSource(config.variable, world);
  const file = new FileReader(paths.home, settings.secretsAllowInsecure);
  const sources: SecretSource[] = [environment, new CachedDocument(file, filePolicy, world)];
  const { awsSecretName: secretName, awsRegion: region } = settings;
  const certificates = async (): Promise<string> =>
    settings.caBundle === '' ? '' : readFile(expandHome(settings.caBundle), 'utf8');
  if (secretName !== '') {
    const aws = new AwsReader({ secretName, region, certificates });
    sources.push(new CachedDocument(aws, servicePolicy, world));
  }
  if (settings.vaultAddress !== '') {
    const options = {
      address: settings.vaultAddress,
      namespace: settings.vaultNamespace,
      credential: async (name: string) => (await environment.find(name))?.value,
      kubernetesRole: settings.vaultKubernetesRole,
      kubernetesTokenPath: settings.vaultKubernetesTokenPath,
      certificates,
    };
    sources.push(new CachedDocument(new VaultReader(options, settings.vaultPath, clock), servicePolicy, world));
  }
  return new SecretChain(sources, knownSecrets);
}
