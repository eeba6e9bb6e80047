import { Injectable } from '@nestjs/common';
import { DomainError, invalidFields } from '../http/index.js';
import { ProviderRegistry, ProviderSettingsService, type ProviderAdapter } from '../providers/index.js';
import { ConfigFiles } from './config-files.js';
import type { SubmitBody } from './jobs.dto.js';
import { checkVariables, checkWebhookUrl } from './submission-rules.js';
import type { JobSubmission } from './submission.js';

/** Turns a request for a job into a submission that its provider can run, or says what is wrong with it. */
@Injectable()
export class JobIntake {
  constructor(
    private readonly providers: ProviderRegistry,
    private readonly settings: ProviderSettingsService,
    private readonly configs: ConfigFiles,
  ) {}

  /** The provider named, or the only one that is ready. @throws DomainError not_found, validation_error. */
  async provider(name: string | undefined): Promise<ProviderAdapter> {
    if (name !== undefined) return this.providers.get(name);
    const { offered } = this.providers;
    const [only] = offered;
    if (only && offered.length === 1) return only;
    const ready = await Promise.all(offered.map(async (adapter) => ((await adapter.isConfigured()) ? [adapter] : [])));
    const [first, ...others] = ready.flat();
    if (first && others.length === 0) return first;
    throw invalidFields([{ field: 'provider', message: `must name one of ${this.providers.names.join(', ')}` }]);
  }

  /** @throws DomainError validation_error naming every bad field; provider_unavailable when it is not set up. */
  async submission(adapter: ProviderAdapter, body: SubmitBody): Promise<JobSubmission> {
    const env = checkVariables(body.env ?? {});
    const webhookUrl = body.webhook_url ? checkWebhookUrl(body.webhook_url) : null;
    const { config, dataloaderConfig } = await this.configuration(body);
    const hardwareProfile = await this.hardware(adapter, body.hardware_profile);
    await requireSetUp(adapter);
    return {
      config,
      configName: body.config_name ?? null,
      dataloaderConfig,
      hardwareProfile,
      webhookUrl,
      trackerRunName: body.tracker_run_name ?? null,
      env,
    };
  }

  private async configuration(body: SubmitBody): Promise<Pick<JobSubmission, 'config' | 'dataloaderConfig'>> {
    const { config, config_name: name, dataloader_config: dataloaderConfig } = body;
    if (config) return { config, dataloaderConfig: dataloaderConfig ?? [] };
    if (name === undefined) throw invalidFields([{ field: 'config', message: 'or config_name must be given' }]);
    const named = await this.configs.read(name);
    return { config: named.config, dataloaderConfig: dataloaderConfig ?? named.dataloaderConfig ?? [] };
  }

  private async hardware(adapter: ProviderAdapter, wish: string | undefined): Promise<string | null> {
    if (wish === undefined) return (await this.settings.get(adapter.name)).hardware_profile || null;
    const profiles = (await adapter.hardware()).map(({ id }) => id);
    if (profiles.includes(wish)) return wish;
    const message =
      profiles.length === 0 ? 'is not a choice of this provider' : `must be one of ${profiles.join(', ')}`;
    throw invalidFields([{ field: 'hardware_profile', message }]);
  }
}

/** A provider that cannot be asked now may be well again when the job's turn comes; one that is not set up will not. */
async function requireSetUp(adapter: ProviderAdapter): Promise<void> {
  const validation = await adapter.validate().catch(() => undefined);
  if (validation?.isValid === false && validation.isPassing !== true)
    throw new DomainError(
      'unavailable',
      'provider_unavailable',
      `The provider ${adapter.name} is not ready: ${validation.message}`,
    );
}
