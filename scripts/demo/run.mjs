// @ts-check
import { Api } from './api.mjs';
import { cancelActiveJobs, submitJob, watchJob } from './job.mjs';
import { reportJob } from './report.mjs';
import { DemoServer } from './server.mjs';
import { dim, heading, print } from './terminal.mjs';

/** A shorter training, still with a checkpoint on the way and an upload in parts. */
const QUICK = { max_train_steps: 300, checkpoint_every: 150 };

/**
 * The whole demo against a server of its own, which is gone when this ends, however it ends.
 * @param {{ quick: boolean, keep: boolean }} options
 * @param {AbortSignal} interrupted
 * @returns {Promise<boolean>} whether everything was as it must be
 */
export async function runDemo({ quick, keep }, interrupted) {
  heading('A training job goes out and comes home');
  const server = await DemoServer.start();
  const api = new Api(server.origin);
  let isGood = false;
  try {
    print(dim(`server at ${server.origin}, process ${String(server.child.pid)}, home ${server.home}`));
    const job = await watchJob(api, () => submitJob(api, quick ? QUICK : {}), interrupted);
    isGood = await reportJob(api, job);
    if (job.status !== 'completed') await printLog(api, job.job_id);
  } finally {
    if (!isGood && server.isRunning) await cancelActiveJobs(api).catch(() => undefined);
    await server.stop();
    if (!isGood && !interrupted.aborted) print(`\nThe server's last words:\n${server.lastLines()}`);
    if (keep) print(`\nKept: ${server.home} (pictures and weights under outputs/)`);
    else await server.removeHome();
  }
  return isGood;
}

/**
 * @param {Api} api
 * @param {string} jobId
 */
async function printLog(api, jobId) {
  heading("The trainer's log");
  const { logs } = await api.get(`/api/cloud/jobs/${jobId}/logs`);
  print(String(logs).split('\n').slice(-20).join('\n'));
}
