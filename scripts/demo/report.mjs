// @ts-check
import { compareWithServerManifest, readFilesBack } from './files.mjs';
import { settledTimeline } from './job.mjs';
import { bold, dim, green, heading, print, red, table } from './terminal.mjs';

const SOURCES = /** @type {const} */ (['dispatcher', 'webhook', 'upload']);

/** A claim of the demo and whether it holds. @typedef {{ claim: string, holds: boolean, note?: string }} Check */

/**
 * Prints what the job left behind and what the server tells of it, and checks both.
 * @param {import('./api.mjs').Api} api
 * @param {any} job
 * @returns {Promise<boolean>} whether every claim holds
 */
export async function reportJob(api, job) {
  const ended = {
    claim: 'the job is completed',
    holds: job.status === 'completed',
    note: firstLine(job.error_message ?? job.status),
  };
  const checks = [
    ended,
    ...(ended.holds ? await reportFiles(api, job.job_id) : []),
    reportCost(job),
    ...(await reportTimeline(api, job)),
    ...(await reportAudit(api, job.job_id)),
  ];
  heading('Checked');
  for (const { claim, holds, note } of checks) {
    print(`  ${holds ? green('ok  ') : red('FAIL')} ${claim}${holds || !note ? '' : `: ${note}`}`);
  }
  return checks.every(({ holds }) => holds);
}

/**
 * @param {import('./api.mjs').Api} api
 * @param {string} jobId
 * @returns {Promise<Check[]>}
 */
async function reportFiles(api, jobId) {
  heading('What arrived (every file read back through the S3 endpoint)');
  const { files, problems } = await readFilesBack(api, jobId);
  const rows = files.map(({ key, size, sha256, parts, problem }) => {
    return [key, String(size), sha256, parts > 1 ? `${String(parts)} parts` : '', problem && red(problem)];
  });
  table([['file', 'bytes', 'sha-256', '', ''], ...rows], new Set([1]));
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  print(dim(`  ${String(files.length)} files, ${String(bytes)} bytes`));
  const differing = [
    ...problems,
    ...files.filter(({ problem }) => problem).map(({ key, problem }) => `${key} ${problem}`),
  ];
  /** @type {Check[]} */
  const checks = [
    {
      claim: `all ${String(files.length)} files match the trainer's manifest, byte for byte`,
      holds: differing.length === 0,
      note: differing.join('; '),
    },
    { claim: 'one of them was uploaded in parts', holds: files.some(({ parts }) => parts > 1) },
  ];
  const server = await compareWithServerManifest(api, jobId, files);
  if (server)
    checks.push({ claim: "they match the server's own manifest", holds: server.length === 0, note: server.join('; ') });
  return checks;
}

/**
 * @param {any} job
 * @returns {Check}
 */
function reportCost(job) {
  heading('Cost');
  const cost = typeof job.cost_usd === 'number' ? `${job.cost_usd.toFixed(6)} USD` : 'not known';
  print(`  ${bold(cost)} for ${String(job.duration_seconds)} s on ${String(job.hardware_type ?? 'this machine')}`);
  return { claim: 'the job has a cost', holds: job.cost_usd > 0, note: cost };
}

/**
 * @param {import('./api.mjs').Api} api
 * @param {any} job
 * @returns {Promise<Check[]>}
 */
async function reportTimeline(api, job) {
  const events = await settledTimeline(api, job.job_id, job.status === 'completed' ? SOURCES : []);
  heading('Timeline');
  table(events.map((event) => [timeOf(event.at), event.source, statusOf(event), firstLine(event.note ?? '')]));
  return SOURCES.map((source) => ({
    claim: `the timeline tells of the ${source}`,
    holds: events.some((event) => event.source === source),
  }));
}

/** @param {{ from: string | null, to: string }} event */
function statusOf({ from, to }) {
  return from === to || from === null ? to : `${from} -> ${to}`;
}

/** @param {string} text */
function firstLine(text) {
  return text.split('\n', 1)[0] ?? '';
}

/** @param {string} instant */
function timeOf(instant) {
  return instant.slice(11, 23);
}

/**
 * @param {import('./api.mjs').Api} api
 * @param {string} jobId
 * @returns {Promise<Check[]>}
 */
async function reportAudit(api, jobId) {
  const { entries } = await api.get(`/api/audit?target_id=${jobId}`);
  const verification = await api.get('/api/audit/verify');
  heading('Audit trail');
  table(
    entries.map((/** @type {any} */ entry) => [
      timeOf(entry.timestamp),
      entry.event_type,
      `by ${String(entry.actor_id)} from ${String(entry.ip)}`,
      dim(`hash ${String(entry.hash).slice(0, 16)}`),
    ]),
  );
  return [
    {
      claim: 'the audit trail has job.submitted',
      holds: entries.some((/** @type {any} */ entry) => entry.event_type === 'job.submitted'),
    },
    { claim: 'the audit chain is whole', holds: verification.valid === true, note: verification.message },
  ];
}
