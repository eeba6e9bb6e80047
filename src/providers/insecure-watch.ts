import { Injectable } from '@nestjs/common';
import { getLogger } from '#libs/log';
import { Lifecycle, Loop } from '#libs/worker';
import { ProviderRegistry } from './provider-registry.js';
import { ProviderSettingsService, SettingsWorld } from './provider-settings.service.js';

/** The settings stop counting at the very instant; this is how soon that is written down and audited. */
const INTERVAL_MS = 30_000;

const log = getLogger('providers');

/** Keeps an eye on providers whose certificates are not verified: it ends their day, and names them to whoever asks. */
@Injectable()
export class InsecureWatch {
  constructor(
    private readonly registry: ProviderRegistry,
    private readonly settings: ProviderSettingsService,
    world: SettingsWorld,
    lifecycle: Lifecycle,
  ) {
    const loop = new Loop({
      name: 'insecure-providers',
      intervalMs: INTERVAL_MS,
      clock: world.clock,
      work: () => this.endPeriods(),
      onError: (error) => log.warning('Settings of providers cannot be read; trying again', { error }),
    });
    lifecycle.add(loop);
    const { settings: values, sources } = world.config;
    if (sources.sslVerify !== 'default' && !values.sslVerify)
      log.warning('Certificates of providers are not verified: SIMPLETUNER_SSL_VERIFY is false');
  }

  /** Names of the providers that are called without looking at their certificates, for metrics and banners. */
  async insecureProviders(): Promise<string[]> {
    const remote = this.registry.offered.filter(({ isRemote }) => isRemote);
    const insecure = await Promise.all(
      remote.map(async ({ name }) => ((await this.settings.get(name)).ssl_verify ? [] : [name])),
    );
    return insecure.flat();
  }

  private async endPeriods(): Promise<void> {
    for (const { name } of this.registry.offered)
      if (await this.settings.endInsecurePeriod(name))
        log.info('Certificates of a provider are verified again: the day without is over', { provider: name });
  }
}
