// @ts-check
import { evaluate } from './network.mjs';

/** @typedef {import('./loss-curve.mjs').LossPoint} LossPoint */

/** Watches a training: how well it does, on what it learns from and on what it has never seen. */
export class Monitor {
  /** @type {{ training: LossPoint[], validation: LossPoint[] }} */
  curves = { training: [], validation: [] };
  /** @type {number[]} since the last report */
  #losses = [];
  #since = performance.now();
  /** @type {{ step: number, loss: number, accuracy: number } | null} */
  #latest = null;

  /**
   * @param {import('./training.mjs').Training} training
   * @param {import('./digits.mjs').Digits} validation
   * @param {import('./journal.mjs').Journal} journal
   * @param {import('./reporter.mjs').Reporter} reporter
   */
  constructor(training, validation, journal, reporter) {
    this.training = training;
    this.validation = validation;
    this.journal = journal;
    this.reporter = reporter;
  }

  /** @param {number} loss of the step just made */
  record(loss) {
    this.#losses.push(loss);
  }

  /**
   * Reports the steps since the last report.
   * @param {number} total steps of the run
   */
  report(total) {
    const { steps: step, epoch } = this.training;
    const loss = this.#losses.reduce((sum, value) => sum + value, 0) / this.#losses.length;
    const images = this.#losses.length * this.training.batchSize;
    const imagesPerSecond = (images * 1000) / (performance.now() - this.#since);
    this.curves.training.push({ step, loss });
    this.journal.measure({ step, epoch, loss, images_per_second: Math.round(imagesPerSecond) });
    const learningRate = this.training.adam.learningRate;
    this.reporter.progress({ step, total, epoch, loss, learningRate, imagesPerSecond });
    this.#losses = [];
    this.#since = performance.now();
  }

  /**
   * How the network does now on the digits kept away from it.
   * @returns {{ loss: number, accuracy: number }}
   */
  validate() {
    const step = this.training.steps;
    if (this.#latest?.step === step) return this.#latest;
    const begun = performance.now();
    const { loss, accuracy } = evaluate(this.training.network, this.validation);
    this.#since += performance.now() - begun;
    this.#latest = { step, loss, accuracy };
    this.curves.validation.push({ step, loss });
    this.journal.measure({ step, validation_loss: loss, validation_accuracy: accuracy });
    this.reporter.validation(step, { loss, accuracy });
    return this.#latest;
  }
}
