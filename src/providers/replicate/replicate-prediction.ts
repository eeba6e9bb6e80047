import type { ProviderJob } from '../adapter.js';
import { jobStatusOf } from '../job-status.js';
import { progressFromLog } from '../trainer-log.js';
import { profileOfModel } from './replicate-profiles.js';

const ID = /^[a-z0-9]{1,128}$/i;
const LOG_LENGTH_MAX = 16_384;
const MODEL_LENGTH_MAX = 256;
const REASON_LENGTH_MAX = 2_000;

type Json = Readonly<Record<string, unknown>>;

/** What we use of a prediction; `input` holds secrets and is never kept. */
export interface Prediction {
  readonly job: ProviderJob;
  /** Our job id, by the tags that `submit` gave the prediction; undefined for predictions that are not ours. */
  readonly jobId: string | undefined;
  readonly isOurModel: boolean;
  readonly model: string | undefined;
  readonly createdAtMs: number | undefined;
  readonly log: string;
}

/** Reads a prediction object as the API and webhooks send it; undefined when it is none. `clean` removes secrets. */
export function readPrediction(body: unknown, clean: (text: string) => string): Prediction | undefined {
  const prediction = objectOf(body);
  const id = textOf(prediction['id']);
  const rawStatus = textOf(prediction['status']);
  if (id === undefined || !ID.test(id) || rawStatus === undefined) return undefined;
  const log = textOf(prediction['logs']) ?? '';
  const model = textOf(prediction['model'])?.slice(0, MODEL_LENGTH_MAX);
  const profile = profileOfModel(model ?? '');
  const seconds = numberOf(objectOf(prediction['metrics'])['predict_time']);
  const shownLog = clean(log.slice(-LOG_LENGTH_MAX));
  const job: ProviderJob = {
    providerJobId: id,
    status: jobStatusOf(rawStatus),
    rawStatus: rawStatus.slice(0, 64),
    ...defined('startedAtMs', instantOf(prediction['started_at'])),
    ...defined('completedAtMs', instantOf(prediction['completed_at'])),
    ...defined('errorMessage', errorOf(prediction['error'], clean)),
    ...defined('outputUrl', outputUrlOf(prediction['output'])),
    ...defined('costUsd', profile && seconds !== undefined ? seconds * profile.usdPerSecond : undefined),
    ...defined('hardwareType', profile?.id),
    ...defined('progress', progressFromLog(shownLog)),
    ...defined('logs', shownLog === '' ? undefined : shownLog),
  };
  const createdAtMs = instantOf(prediction['created_at']);
  return { job, jobId: jobIdOf(prediction), isOurModel: profile !== undefined, model, createdAtMs, log };
}

/** The bucket is the job's id; the webhook's address names it too. */
function jobIdOf(prediction: Json): string | undefined {
  const bucket = textOf(objectOf(prediction['input'])['s3_bucket']);
  if (bucket !== undefined) return bucket;
  const webhook = textOf(prediction['webhook']);
  return webhook !== undefined && URL.canParse(webhook)
    ? (new URL(webhook).searchParams.get('job') ?? undefined)
    : undefined;
}

/** The output of a training is an address, a path or plain text; only an address leads anywhere. */
function outputUrlOf(output: unknown): string | undefined {
  const text = textOf(output);
  return text !== undefined && text.length <= 2_048 && /^https?:\/\//i.test(text) && URL.canParse(text)
    ? text
    : undefined;
}

function errorOf(error: unknown, clean: (text: string) => string): string | undefined {
  const text = textOf(error) ?? (typeof error === 'object' && error !== null ? JSON.stringify(error) : undefined);
  return text === undefined ? undefined : clean(text.slice(0, REASON_LENGTH_MAX));
}

function instantOf(value: unknown): number | undefined {
  const ms = Date.parse(textOf(value) ?? '');
  return Number.isNaN(ms) ? undefined : ms;
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function objectOf(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function defined<Name extends string, Value>(name: Name, value: Value | undefined): { [Key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [Key in Name]?: Value });
}
