// @ts-check
import { readFile } from 'node:fs/promises';
import { encodeTrainingState, encodeWeights } from './checkpoint.mjs';
import { drawLossCurve } from './loss-curve.mjs';
import { drawSamples } from './sample-picture.mjs';

/**
 * @typedef {object} Outlets
 * @property {import('./journal.mjs').Journal} journal
 * @property {import('./reporter.mjs').Reporter} reporter
 * @property {import('./artifacts.mjs').Artifacts} artifacts
 */

/** The files that a run leaves behind, at checkpoints and at its end. */
export class Results {
  /**
   * @param {import('./training.mjs').Training} training
   * @param {import('./monitor.mjs').Monitor} monitor
   * @param {Outlets} outlets
   */
  constructor(training, monitor, { journal, reporter, artifacts }) {
    this.training = training;
    this.monitor = monitor;
    this.journal = journal;
    this.reporter = reporter;
    this.artifacts = artifacts;
  }

  /** Weights to use and a page of samples, while training goes on. */
  async saveCheckpoint() {
    const { steps } = this.training;
    const path = `checkpoint-${String(steps)}/model.safetensors`;
    await this.artifacts.add(path, this.#weights());
    await this.artifacts.add(`checkpoint-${String(steps)}/samples.png`, this.#samples());
    this.reporter.checkpoint({ path, label: `step ${String(steps)}`, isFinal: false });
  }

  /** What it takes to go on later: in the run's folder always, in the bucket if the time left allows it. */
  async saveInterrupted() {
    const { network, adam, steps } = this.training;
    const path = `checkpoint-${String(steps)}/training-state.safetensors`;
    const sets = [this.training.digits, this.monitor.validation];
    await this.artifacts.add(path, encodeTrainingState(network, adam, sets));
    this.reporter.checkpoint({ path, label: `step ${String(steps)}, interrupted`, isFinal: false });
    await this.artifacts.settle();
  }

  /**
   * Everything; when this is done, all of it is in the bucket, the manifest last.
   * @param {import('./configuration.mjs').Configuration} configuration
   * @param {string} jobId
   */
  async saveFinal(configuration, jobId) {
    const { network, adam, digits, steps } = this.training;
    const { inputs, hidden, outputs } = network.shape;
    const curveTitle = `digits, ${[inputs, hidden, outputs].join('-')}, ${String(steps)} steps`;
    const weights = this.#weights();
    const files = {
      'model.safetensors': weights,
      'training-state.safetensors': encodeTrainingState(network, adam, [digits, this.monitor.validation]),
      'samples.png': this.#samples(),
      'loss-curve.png': drawLossCurve(this.monitor.curves, curveTitle),
      'config.json': Buffer.from(`${JSON.stringify(configuration, null, 2)}\n`),
      'metrics.jsonl': await readFile(this.journal.metricsFile),
    };
    for (const [key, bytes] of Object.entries(files)) await this.artifacts.add(key, bytes);
    this.reporter.checkpoint({ path: 'model.safetensors', label: 'final weights', isFinal: true });
    await this.artifacts.settle();
    this.journal.closeFile();
    await this.artifacts.add('train.log', await readFile(this.journal.logFile));
    await this.artifacts.add('manifest.json', this.artifacts.manifest(jobId));
    await this.artifacts.settle();
  }

  #weights() {
    const { loss, accuracy } = this.monitor.validate();
    return encodeWeights(this.training.network, {
      step: String(this.training.steps),
      validation_loss: loss.toFixed(4),
      validation_accuracy: accuracy.toFixed(4),
    });
  }

  #samples() {
    const { accuracy } = this.monitor.validate();
    const { validation } = this.monitor;
    const share = `${(accuracy * 100).toFixed(1)}% of ${String(validation.count)} right`;
    return drawSamples(this.training.network, validation, `step ${String(this.training.steps)}: ${share}`);
  }
}
