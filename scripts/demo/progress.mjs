// @ts-check
import { dim, elapsed, print } from './terminal.mjs';

/** A line for every so many per cent. */
const STEP_PERCENT = 10;

/** Tells the life of one job, line by line, from the server's event stream. */
export class ProgressPrinter {
  #status = '';
  #stage = '';
  #percent = 0;
  #files = 0;

  /** @param {string} jobId */
  constructor(jobId) {
    this.jobId = jobId;
  }

  /** @param {import('./events.mjs').ServerEvent} event */
  show({ data }) {
    const job = data?.job ?? data;
    if (job?.job_id !== this.jobId) return;
    this.#showTraining(job.progress ?? {});
    this.#showUploads(job.upload_progress ?? job);
    this.#showStatus(job.status);
  }

  /** @param {string | undefined} status */
  #showStatus(status) {
    if (!status || status === this.#status) return;
    this.#status = status;
    print(`${elapsed()} job is ${status}`);
  }

  /** @param {{ stage?: string, percent?: number | null, current?: number | null, total?: number | null }} progress */
  #showTraining({ stage, percent, current, total }) {
    if (!stage) return;
    const isNew = stage !== this.#stage;
    if (isNew) {
      this.#stage = stage;
      this.#percent = 0;
    }
    if (typeof percent !== 'number' || !current || !total || total === 1) {
      if (isNew) print(`${elapsed()} ${stage}`);
    } else if (percent >= this.#percent + STEP_PERCENT || (percent === 100 && this.#percent < 100)) {
      this.#percent = percent;
      const place = dim(`${stage} ${String(current)}/${String(total)}`);
      print(`${elapsed()} ${bar(percent)} ${percent.toFixed(0).padStart(3)} %  ${place}`);
    }
  }

  /** @param {{ files_received?: number, bytes_received?: number, current_file?: string }} progress */
  #showUploads({ files_received: files = 0, bytes_received: bytes = 0, current_file: file }) {
    if (files <= this.#files) return;
    this.#files = files;
    print(`${elapsed()} ${String(files)} files here, ${String(bytes)} bytes${file ? `, last ${file}` : ''}`);
  }
}

/** @param {number} percent */
function bar(percent) {
  const full = Math.round(percent / 5);
  return `[${'#'.repeat(full)}${'.'.repeat(20 - full)}]`;
}
