// @ts-check
import { readFile } from 'node:fs/promises';

/**
 * What a run can be told, by a JSON file. `max_train_steps` wins over `epochs`.
 * @typedef {object} Configuration
 * @property {number} epochs
 * @property {number | null} max_train_steps
 * @property {number} batch_size
 * @property {number} learning_rate
 * @property {number} hidden_units
 * @property {number} seed
 * @property {number} checkpoint_every in steps
 * @property {number} log_every in steps
 * @property {number} validate_every in steps
 * @property {number} step_delay_ms a rest after each step, to leave the machine to others
 * @property {string | null} output_dir
 * @property {string | null} resume_from_checkpoint a `training-state.safetensors`
 */

/** @type {Configuration} */
const DEFAULTS = {
  epochs: 4,
  max_train_steps: null,
  batch_size: 32,
  learning_rate: 0.001,
  hidden_units: 256,
  seed: 42,
  checkpoint_every: 400,
  log_every: 25,
  validate_every: 100,
  step_delay_ms: 0,
  output_dir: null,
  resume_from_checkpoint: null,
};

/** @type {Record<string, { least: number, most: number, whole: boolean }>} */
const RANGES = {
  epochs: { least: 1, most: 1_000, whole: true },
  max_train_steps: { least: 1, most: 1_000_000, whole: true },
  batch_size: { least: 1, most: 1_024, whole: true },
  learning_rate: { least: 1e-6, most: 1, whole: false },
  hidden_units: { least: 1, most: 4_096, whole: true },
  seed: { least: 0, most: 0xffffffff, whole: true },
  checkpoint_every: { least: 1, most: 1_000_000, whole: true },
  log_every: { least: 1, most: 1_000_000, whole: true },
  validate_every: { least: 1, most: 1_000_000, whole: true },
  step_delay_ms: { least: 0, most: 60_000, whole: false },
};

/** A setting that cannot be used; the message is for the person who wrote it. */
export class ConfigurationError extends Error {}

/**
 * @param {string | undefined} path without one, the defaults hold
 * @returns {Promise<{ configuration: Configuration, unknown: string[] }>} `unknown`: settings that mean nothing here
 */
export async function readConfiguration(path) {
  return path === undefined
    ? { configuration: DEFAULTS, unknown: [] }
    : parseConfiguration(await readFile(path, 'utf8'));
}

/**
 * @param {string} text
 * @returns {{ configuration: Configuration, unknown: string[] }}
 * @throws {ConfigurationError}
 */
export function parseConfiguration(text) {
  const given = parseObject(text);
  /** @type {Record<string, unknown>} */
  const configuration = { ...DEFAULTS };
  const unknown = [];
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(DEFAULTS, name)) unknown.push(name);
    else if (value !== null) configuration[name] = checkedValue(name, value);
  }
  return { configuration: /** @type {Configuration} */ (configuration), unknown };
}

/**
 * @param {string} text
 * @returns {object}
 */
function parseObject(text) {
  /** @type {unknown} */
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ConfigurationError('the configuration file is not JSON');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new ConfigurationError('the configuration file must hold a JSON object');
}

/**
 * @param {string} name
 * @param {unknown} value
 */
function checkedValue(name, value) {
  const range = RANGES[name];
  if (!range) {
    if (typeof value === 'string' && value !== '') return value;
    throw new ConfigurationError(`${name} must be a path`);
  }
  const fits = typeof value === 'number' && value >= range.least && value <= range.most;
  if (fits && (!range.whole || Number.isInteger(value))) return value;
  const kind = range.whole ? 'a whole number' : 'a number';
  throw new ConfigurationError(`${name} must be ${kind} from ${String(range.least)} to ${String(range.most)}`);
}
