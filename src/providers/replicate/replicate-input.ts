import { DomainError } from '../../http/index.js';
import type { Submission } from '../adapter.js';

type Inputs = Record<string, string | number | boolean>;

/** Must not be empty; it is the folder that uploads of the job begin with. */
const S3_BASE_PATH = 'simpletuner';

/**
 * The predictor's declared inputs for a job, and no others: some runtimes refuse undeclared ones (contract §6).
 * @throws DomainError provider_error for environment variables, which a prediction has no place for.
 */
export function predictionInput(submission: Submission): Inputs {
  const { config, dataloaderConfig, environment, env } = submission;
  const { HF_TOKEN: hfToken, ...others } = env;
  const unknown = Object.keys(others)[0];
  if (unknown !== undefined)
    throw new DomainError(
      'provider',
      'provider_error',
      `Replicate passes no environment variables but HF_TOKEN to a job: remove ${JSON.stringify(unknown.slice(0, 100))}.`,
    );
  const steps = optionOf(config, 'max_train_steps');
  return {
    config_json: JSON.stringify(config),
    return_logs: true,
    // Even an empty list would keep an archive from being unpacked.
    ...(dataloaderConfig.length > 0 && { dataloader_json: JSON.stringify(dataloaderConfig) }),
    ...(typeof steps === 'number' && Number.isSafeInteger(steps) && steps > 0 && { max_train_steps: steps }),
    ...hubInput(config, hfToken),
    ...lycorisInput(config),
    ...storageInput(submission.jobId, environment),
  };
}

/** The predictor raises when it is told a repository but no token. */
function hubInput(config: Submission['config'], token: string | undefined): Inputs {
  if (token === undefined || token === '') return {};
  const repository = optionOf(config, 'hub_model_id');
  return { hf_token: token, ...(typeof repository === 'string' && repository !== '' && { hub_model_id: repository }) };
}

function lycorisInput(config: Submission['config']): Inputs {
  const lycoris = optionOf(config, 'lycoris_config');
  if (typeof lycoris === 'string' && lycoris !== '') return { lycoris_config: lycoris };
  return typeof lycoris === 'object' && lycoris !== null ? { lycoris_config: JSON.stringify(lycoris) } : {};
}

/** Without an endpoint of ours the bucket would be looked for at AWS itself. */
function storageInput(jobId: string, environment: Submission['environment']): Inputs {
  const endpoint = environment['AWS_ENDPOINT_URL_S3'];
  if (endpoint === undefined) return {};
  return {
    s3_bucket: jobId,
    s3_region: environment['AWS_REGION'] ?? 'us-east-1',
    s3_endpoint_url: endpoint,
    s3_base_path: S3_BASE_PATH,
    s3_access_key: environment['AWS_ACCESS_KEY_ID'] ?? '',
    s3_secret_key: environment['AWS_SECRET_ACCESS_KEY'] ?? '',
  };
}

/** The trainer takes its options with and without leading dashes. */
function optionOf(config: Submission['config'], name: string): unknown {
  return config[name] ?? config[`--${name}`];
}
