// @ts-check
import { readFile } from 'node:fs/promises';
import { setImmediate as breathe, setTimeout as delay } from 'node:timers/promises';
import { restoreTrainingState } from './checkpoint.mjs';
import { loadDigits } from './digits.mjs';
import { Monitor } from './monitor.mjs';
import { Results } from './results.mjs';
import { Training } from './training.mjs';

/** @typedef {import('./configuration.mjs').Configuration} Configuration */

/**
 * One training run, from the first digit read to the last file handed over.
 * @param {Configuration} configuration
 * @param {string} jobId
 * @param {import('./results.mjs').Outlets} outlets
 * @param {AbortSignal} stop ends the training after the step at hand
 * @returns {Promise<'completed' | 'stopped'>}
 */
export async function run(configuration, jobId, outlets, stop) {
  const { journal, reporter } = outlets;
  const digits = await readDigits(reporter);
  const training = await prepareTraining(configuration, digits.training, journal);
  const total = configuration.max_train_steps ?? configuration.epochs * training.stepsPerEpoch;
  const monitor = new Monitor(training, digits.validation, journal, reporter);
  const results = new Results(training, monitor, outlets);
  reporter.stage(
    { key: 'training', label: 'Training', current: 0, total },
    `${String(total - training.steps)} steps to go`,
  );
  for await (const loss of stepsUntil(training, total, configuration.step_delay_ms, stop)) {
    const isLast = training.steps >= total;
    const isDue = (/** @type {number} */ every) => isLast || training.steps % every === 0;
    monitor.record(loss);
    if (isDue(configuration.log_every)) monitor.report(total);
    if (isDue(configuration.validate_every)) monitor.validate();
    if (isDue(configuration.checkpoint_every) && !isLast) await results.saveCheckpoint();
  }
  if (stop.aborted) {
    await results.saveInterrupted();
    return 'stopped';
  }
  await results.saveFinal(configuration, jobId);
  const accuracy = (monitor.validate().accuracy * 100).toFixed(1);
  const message = `${accuracy}% of ${String(digits.validation.count)} unseen digits right`;
  reporter.stage({ key: 'training_complete', label: 'Training complete', current: 1, total: 1 }, message);
  return 'completed';
}

/** @param {import('./reporter.mjs').Reporter} reporter */
async function readDigits(reporter) {
  const stage = { key: 'preprocessing', label: 'Loading digits' };
  reporter.stage({ ...stage, current: 0, total: 1 }, 'reading the pictures');
  const digits = await loadDigits();
  const counts = `${String(digits.training.count)} to learn from, ${String(digits.validation.count)} kept for checking`;
  reporter.stage({ ...stage, current: 1, total: 1 }, counts);
  return digits;
}

/**
 * @param {Configuration} configuration
 * @param {import('./digits.mjs').Digits} digits
 * @param {import('./journal.mjs').Journal} journal
 */
async function prepareTraining(configuration, digits, journal) {
  const training = new Training(digits, configuration);
  const { inputs, hidden, outputs } = training.network.shape;
  const parameters = training.network.parameters.length;
  journal.log(`[MODEL] ${[inputs, hidden, outputs].join('-')} perceptron, ${String(parameters)} parameters`);
  if (configuration.resume_from_checkpoint !== null) {
    restoreTrainingState(await readFile(configuration.resume_from_checkpoint), training.network, training.adam);
    journal.log(`[RESUME] after step ${String(training.steps)}`);
  }
  return training;
}

/**
 * The losses of the steps up to `total`.
 * @param {Training} training
 * @param {number} total
 * @param {number} restMs after each step
 * @param {AbortSignal} stop
 */
async function* stepsUntil(training, total, restMs, stop) {
  while (training.steps < total && !stop.aborted) {
    yield training.step();
    // Uploads and reports live on the same thread; between two steps it is their turn.
    await (restMs > 0 ? delay(restMs, undefined, { signal: stop }).catch(() => undefined) : breathe());
  }
}
