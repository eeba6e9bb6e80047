import { DomainError } from '../../http/index.js';
import {
  ProviderAdapter,
  type ConnectionProbe,
  type HardwareProfile,
  type JobReference,
  type ListedRun,
  type ProviderJob,
  type ProviderReport,
  type Submission,
  type Validation,
} from '../adapter.js';
import type { ProviderSettingsService } from '../provider-settings.service.js';
import { parseTrainerEvent } from '../trainer-events.js';
import type { ReplicateApi, ReplicateToken } from './replicate-api.js';
import type { ReplicateCatalog } from './replicate-catalog.js';
import type { ReplicateWebhookSecret } from './replicate-webhook-secret.js';
import { predictionInput } from './replicate-input.js';
import { readPrediction, type Prediction } from './replicate-prediction.js';
import { isPredictionId, type ReplicatePredictions } from './replicate-predictions.js';
import { DEFAULT_PROFILE, modelOf, profileOf, replicateProfiles } from './replicate-profiles.js';

export const REPLICATE_PROVIDER = 'replicate';
export const REPLICATE_TOKEN = 'REPLICATE_API_TOKEN';
const WEBHOOK_EVENTS = ['start', 'output', 'logs', 'completed'];
/** Pages of 100 predictions that are looked through for the list of runs, */
const LIST_PAGES_MAX = 20;
/** and for one run, whose absence leads to another one that is paid. */
const FIND_PAGES_MAX = 200;
/** How far the clocks of this server and of Replicate may be apart when looking for a prediction made after its job. */
const CLOCK_DIFFERENCE_MS = 600_000;

export interface ReplicateParts {
  readonly api: ReplicateApi;
  readonly catalog: ReplicateCatalog;
  readonly predictions: ReplicatePredictions;
  readonly webhookSecret: ReplicateWebhookSecret;
  readonly settings: Pick<ProviderSettingsService, 'get'>;
  readonly token: ReplicateToken;
  /** Removes secrets from text. */
  readonly clean: (text: string) => string;
}

/** Runs jobs as predictions of SimpleTuner's trainer models on Replicate (contract §6). */
export class ReplicateAdapter extends ProviderAdapter {
  override readonly name = REPLICATE_PROVIDER;
  override readonly capabilities = { webhooks: true, cancel: true, logs: true, list: true };
  override readonly tellsEnds = true;
  override readonly isOffered = true;
  override readonly isRemote = true;
  override readonly tokenName = REPLICATE_TOKEN;

  constructor(private readonly parts: ReplicateParts) {
    super();
  }

  override async isConfigured(): Promise<boolean> {
    return (await this.parts.token.get()) !== '';
  }

  override connectionProbe(): Promise<ConnectionProbe> {
    return this.parts.api.connectionProbe();
  }

  override async validate(): Promise<Validation> {
    try {
      const account = await this.parts.api.get('/account');
      const { username } = (account ?? {}) as { username?: unknown };
      if (typeof username !== 'string')
        return { isValid: false, message: 'Replicate named no account for this token.' };
      const profile = await this.profileFor(null);
      if (!(await this.parts.api.get(`/models/${modelOf(profile)}`)))
        return { isValid: false, message: `This token has no access to the model ${modelOf(profile)}.` };
      return { isValid: true, message: `The token belongs to ${username}; jobs run on ${profile.label}.` };
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return { isValid: false, message: error.message, isPassing: error.kind === 'unavailable' };
    }
  }

  override async hardware(): Promise<readonly HardwareProfile[]> {
    return replicateProfiles;
  }

  override async concurrencyLimit(): Promise<undefined> {
    return undefined;
  }

  override async submit(submission: Submission): Promise<ProviderJob> {
    const input = predictionInput(submission);
    const profile = await this.profileFor(submission.hardwareProfile);
    const { version_override } = await this.parts.settings.get(REPLICATE_PROVIDER);
    const version =
      version_override === '' ? await this.parts.catalog.newestVersion(modelOf(profile)) : version_override;
    const webhook = submission.webhookUrl;
    const body = { version, input, ...(webhook !== null && { webhook, webhook_events_filter: WEBHOOK_EVENTS }) };
    const made = this.read(
      await this.parts.api.call({ method: 'POST', path: '/predictions', body, isRepeatable: false }),
    );
    if (!made)
      throw new DomainError('provider', 'provider_timeout', 'Replicate answered with something that is no prediction.');
    return { hardwareType: profile.id, ...made.job };
  }

  override async find(jobId: string): Promise<ProviderJob | undefined> {
    const notBeforeMs = (mintedAtMs(jobId) ?? 0) - CLOCK_DIFFERENCE_MS;
    for await (const prediction of this.parts.predictions.newestFirst(FIND_PAGES_MAX, 'refuse')) {
      if (prediction.jobId === jobId) return prediction.job;
      if (prediction.createdAtMs !== undefined && prediction.createdAtMs < notBeforeMs) return undefined;
    }
    return undefined;
  }

  override async status({ providerJobId }: JobReference): Promise<ProviderJob | undefined> {
    return (await this.parts.predictions.one(providerJobId))?.job;
  }

  override async cancel({ providerJobId }: JobReference): Promise<void> {
    if (!isPredictionId(providerJobId)) return;
    try {
      await this.parts.api.call({ method: 'POST', path: `/predictions/${providerJobId}/cancel`, isRepeatable: true });
    } catch (error) {
      const now = await this.parts.predictions.one(providerJobId).catch(() => undefined);
      const hasEnded = ['completed', 'failed', 'cancelled'].includes(now?.job.status ?? '');
      if (!hasEnded) throw error;
    }
  }

  override async logs({ providerJobId }: JobReference, bytesMax: number): Promise<string> {
    const log = this.parts.clean((await this.parts.predictions.one(providerJobId))?.log ?? '');
    const bytes = Buffer.from(log);
    if (bytes.length <= bytesMax) return log;
    const tail = bytes.subarray(bytes.length - bytesMax);
    return tail.subarray(tail.indexOf('\n') + 1).toString('utf8');
  }

  /** Nothing of a prediction is kept on this machine. */
  override async forget(): Promise<void> {
    return Promise.resolve();
  }

  override async list(limit: number, all = false): Promise<readonly ListedRun[]> {
    const found: ListedRun[] = [];
    const predictions = this.parts.predictions.newestFirst(LIST_PAGES_MAX, 'stop');
    for await (const { isOurModel, job, jobId, createdAtMs, model } of predictions) {
      if (found.length >= limit) break;
      if (all || isOurModel)
        found.push({
          ...job,
          ...(jobId !== undefined && { jobId }),
          ...(createdAtMs !== undefined && { createdAtMs }),
          ...(model !== undefined && { model }),
        });
    }
    return found;
  }

  override async webhookSecrets(): Promise<readonly string[]> {
    return this.parts.webhookSecret.all();
  }

  override newerWebhookSecrets(known: readonly string[]): Promise<readonly string[] | undefined> {
    return this.parts.webhookSecret.newer(known);
  }

  override parseWebhook(body: unknown): ProviderReport | undefined {
    return this.read(body)?.job ?? parseTrainerEvent(body);
  }

  private read(body: unknown): Prediction | undefined {
    return readPrediction(body, this.parts.clean);
  }

  private async profileFor(wanted: string | null): Promise<HardwareProfile> {
    const { hardware_profile } = await this.parts.settings.get(REPLICATE_PROVIDER);
    const id = wanted ?? (hardware_profile || DEFAULT_PROFILE);
    const profile = profileOf(id);
    if (!profile)
      throw new DomainError(
        'provider',
        'provider_error',
        `Replicate offers no hardware profile ${JSON.stringify(id.slice(0, 64))}.`,
      );
    return profile;
  }
}

/** A UUIDv7 begins with the milliseconds at which it was made (RFC 9562, 5.7). */
function mintedAtMs(jobId: string): number | undefined {
  const hex = /^([0-9a-f]{8})-([0-9a-f]{4})-7/i.exec(jobId);
  return hex ? Number.parseInt(`${hex[1]}${hex[2]}`, 16) : undefined;
}
