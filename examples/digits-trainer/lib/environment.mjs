// @ts-check
import { ConfigurationError } from './configuration.mjs';

const DEFAULT_PART_BYTES = 8 * 1024 * 1024;

/**
 * Where the run lives and whom it reports to: all that the trainer knows of the world.
 * @param {NodeJS.ProcessEnv} variables
 * @throws {ConfigurationError} when an upload target or a webhook is only half described
 */
export function readEnvironment(variables) {
  return {
    configurationFile: variables['SIMPLETUNER_CONFIG_FILE'],
    jobId: variables['SIMPLETUNER_JOB_ID'] ?? 'local',
    uploadTarget: readUploadTarget(variables),
    webhook: readWebhook(variables),
  };
}

/**
 * @param {NodeJS.ProcessEnv} variables
 * @returns {ConstructorParameters<typeof import('./uploader.mjs').Uploader>[0] | null} null: results stay on this machine
 */
function readUploadTarget(variables) {
  const bucket = variables['SIMPLETUNER_UPLOAD_BUCKET'];
  if (!bucket) return null;
  const largestPartBytes = Number(variables['SIMPLETUNER_UPLOAD_PART_SIZE'] ?? DEFAULT_PART_BYTES);
  if (!Number.isSafeInteger(largestPartBytes) || largestPartBytes < 1) {
    throw new ConfigurationError('SIMPLETUNER_UPLOAD_PART_SIZE must be a number of bytes');
  }
  return {
    bucket,
    largestPartBytes,
    endpoint: required(variables, 'AWS_ENDPOINT_URL_S3'),
    region: variables['AWS_REGION'] ?? 'us-east-1',
    accessKeyId: required(variables, 'AWS_ACCESS_KEY_ID'),
    secretAccessKey: required(variables, 'AWS_SECRET_ACCESS_KEY'),
  };
}

/**
 * @param {NodeJS.ProcessEnv} variables
 * @returns {{ url: string, secret: string } | null}
 */
function readWebhook(variables) {
  const url = variables['SIMPLETUNER_WEBHOOK_URL'];
  return url ? { url, secret: required(variables, 'SIMPLETUNER_WEBHOOK_SECRET') } : null;
}

/**
 * @param {NodeJS.ProcessEnv} variables
 * @param {string} name
 */
function required(variables, name) {
  const value = variables[name];
  if (!value) throw new ConfigurationError(`${name} is not set`);
  return value;
}
