// @ts-check

/** A step of a training run is reported at most this often, whatever is logged. */
const PROGRESS_INTERVAL_MS = 500;

/** @typedef {import('./webhooks.mjs').WebhookSender} WebhookSender */

/** Says what happens, once in the log for people and once by webhook for whoever started the run. */
export class Reporter {
  #lastProgressMs = -Infinity;

  /**
   * @param {import('./journal.mjs').Journal} journal
   * @param {WebhookSender | null} webhooks
   */
  constructor(journal, webhooks) {
    this.journal = journal;
    this.webhooks = webhooks;
  }

  /**
   * A phase of the run, `current` of `total` done.
   * @param {{ key: string, label: string, current: number, total: number }} stage
   * @param {string} message
   */
  stage({ key, label, current, total }, message) {
    const percent = percentOf(current, total);
    const status = current === total ? 'completed' : 'running';
    this.journal.log(`[STAGE] ${key} ${label} (${percent.toFixed(1)}%): ${message}`);
    const progress = { label, current, total, percent };
    this.webhooks?.send({ type: 'lifecycle.stage', title: label, message, stage: { key, label, status, progress } });
  }

  /**
   * @param {{ step: number, total: number, epoch: number, loss: number, learningRate: number, imagesPerSecond: number }} state
   */
  progress({ step, total, epoch, loss, learningRate, imagesPerSecond }) {
    const percent = percentOf(step, total);
    this.journal.log(
      `[TRAINING] Step ${String(step)}/${String(total)} (${percent.toFixed(1)}%) epoch=${String(epoch)} ` +
        `loss=${loss.toFixed(4)} lr=${String(learningRate)} images/s=${imagesPerSecond.toFixed(0)}`,
    );
    if (performance.now() - this.#lastProgressMs < PROGRESS_INTERVAL_MS && step < total) return;
    this.#lastProgressMs = performance.now();
    this.webhooks?.send({
      type: 'training.status',
      data: { status: 'running', step, total_steps: total, epoch, loss, learning_rate: learningRate },
      progress: { label: 'Training', current: step, total, percent },
    });
  }

  /**
   * @param {number} step
   * @param {{ loss: number, accuracy: number }} result
   */
  validation(step, { loss, accuracy }) {
    this.journal.log(
      `[VALIDATION] after step ${String(step)}: loss=${loss.toFixed(4)} accuracy=${(accuracy * 100).toFixed(1)}%`,
    );
  }

  /**
   * @param {{ path: string, label: string, isFinal: boolean }} checkpoint
   */
  checkpoint({ path, label, isFinal }) {
    this.journal.log(`[CHECKPOINT] ${label} saved as ${path}`);
    this.webhooks?.send({ type: 'training.checkpoint', checkpoint: { path, label, is_final: isFinal } });
  }

  /** @param {string} message */
  stopped(message) {
    this.journal.log(`[STOPPED] ${message}`);
    this.webhooks?.send({ type: 'notification', severity: 'warning', title: 'Training stopped', message });
  }

  /** @param {string} message */
  failed(message) {
    this.journal.log(`[ERROR] Training failed: ${message}`);
    this.webhooks?.send({ type: 'error', severity: 'error', title: 'Training failed', message });
    this.webhooks?.send({ type: 'training.status', severity: 'error', data: { status: 'failed', message } });
  }
}

/**
 * @param {number} current
 * @param {number} total
 */
function percentOf(current, total) {
  return Math.round((1000 * current) / total) / 10;
}
