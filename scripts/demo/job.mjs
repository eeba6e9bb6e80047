// @ts-check
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root } from '../lib/root.mjs';
import { followEvents } from './events.mjs';
import { ProgressPrinter } from './progress.mjs';
import { elapsed, print } from './terminal.mjs';

const COST_PER_HOUR_USD = 1.2;
const JOB_TIMEOUT_MS = 300_000;
const SETTLE_TIMEOUT_MS = 15_000;
const POLL_MS = 500;

/**
 * Makes the digits trainer the machine's trainer and submits a job to it.
 * @param {import('./api.mjs').Api} api
 * @param {object} config
 * @returns {Promise<string>} the job's id
 */
export async function submitJob(api, config) {
  const command = [process.execPath, join(root, 'examples/digits-trainer/train.mjs')];
  await api.call('PUT', '/api/cloud/providers/process', { command, cost_per_hour: COST_PER_HOUR_USD });
  const submitted = await api.call('POST', '/api/cloud/jobs/submit?provider=process', { config });
  return submitted.job_id;
}

/**
 * Prints the job's life as the event stream tells it, until the job has ended.
 * @param {import('./api.mjs').Api} api
 * @param {() => Promise<string>} submit
 * @param {AbortSignal} interrupted
 * @returns {Promise<any>} the job
 */
export async function watchJob(api, submit, interrupted) {
  /** @type {import('./events.mjs').ServerEvent[]} */
  const early = [];
  let show = (/** @type {import('./events.mjs').ServerEvent} */ event) => {
    early.push(event);
  };
  const stop = new AbortController();
  // Before the job exists, so that nothing of its life is missed.
  await followEvents(api.origin, (event) => show(event), AbortSignal.any([stop.signal, interrupted]));
  try {
    const jobId = await submit();
    print(`${elapsed()} submitted as ${jobId}`);
    const printer = new ProgressPrinter(jobId);
    show = (event) => printer.show(event);
    early.forEach(show);
    return await waitUntilEnded(api, jobId, interrupted);
  } finally {
    stop.abort();
  }
}

/**
 * @param {import('./api.mjs').Api} api
 * @param {string} jobId
 * @param {AbortSignal} interrupted
 */
async function waitUntilEnded(api, jobId, interrupted) {
  const deadline = performance.now() + JOB_TIMEOUT_MS;
  for (;;) {
    const { job } = await api.get(`/api/cloud/jobs/${jobId}`);
    if (job.is_terminal) return job;
    if (performance.now() > deadline) throw new Error(`the job is still ${job.status} after five minutes`);
    await sleep(POLL_MS, undefined, { signal: interrupted });
  }
}

/**
 * The job's timeline once it has a word from each of `sources`: deliveries are taken first and worked through after.
 * @param {import('./api.mjs').Api} api
 * @param {string} jobId
 * @param {readonly string[]} sources
 * @returns {Promise<any[]>} events, complete or as far as they came in time
 */
export async function settledTimeline(api, jobId, sources) {
  const deadline = performance.now() + SETTLE_TIMEOUT_MS;
  for (;;) {
    const { timeline: events } = await api.get(`/api/cloud/jobs/${jobId}/timeline`);
    if (sources.every((source) => events.some((/** @type {any} */ event) => event.source === source))) return events;
    if (performance.now() > deadline) return events;
    await sleep(POLL_MS);
  }
}

/**
 * Ends what must not outlive the demo (the trainer survives the server by design) and waits until it is gone: it saves
 * a last checkpoint first. The sign is its cost, which is known once the run has ended.
 * @param {import('./api.mjs').Api} api
 */
export async function cancelActiveJobs(api) {
  const { jobs } = await api.get('/api/cloud/jobs');
  const deadline = performance.now() + SETTLE_TIMEOUT_MS;
  for (const { job_id: jobId } of jobs.filter((/** @type {any} */ job) => job.is_active)) {
    await api.call('POST', `/api/cloud/jobs/${jobId}/cancel`, {});
    for (;;) {
      const { job } = await api.get(`/api/cloud/jobs/${jobId}`);
      if (job.started_at === null || job.cost_usd !== null || performance.now() > deadline) break;
      await sleep(POLL_MS);
    }
  }
}
