import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { ServerProcess } from './server.js';

/** A trainer whose configuration says what it does; it notes each of its starts. */
const TRAINER = `
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
const { SIMPLETUNER_JOB_ID: job, SIMPLETUNER_CONFIG_FILE: file } = process.env;
const config = JSON.parse(readFileSync(file, 'utf8'));
appendFileSync(config.diary, job + '\\n');
console.log('started', job);
if (config.environment) writeFileSync(config.environment, JSON.stringify(process.env));
if (config.exitCode) { console.error('out of memory'); process.exit(config.exitCode); }
const wait = () => (config.until && !existsSync(config.until) ? setTimeout(wait, 20) : console.log('done', job));
wait();
`;

export interface Submitted {
  readonly success: boolean;
  readonly job_id: string;
  readonly status: string;
  readonly idempotent_hit: boolean;
}

export interface JobJson {
  readonly job_id: string;
  readonly status: string;
  readonly error_message: string | null;
  readonly queue_position: number | null;
  readonly [fact: string]: unknown;
}

/** A server whose `process` provider runs the trainer above, and what tests do with its jobs. */
export async function startJobServer() {
  const server = await ServerProcess.start({ env: { SIMPLETUNER_JOB_POLL_INTERVAL: '0.2' } });
  const diary = join(server.home, 'diary');
  const trainer = join(server.home, 'trainer.mjs');
  writeFileSync(trainer, TRAINER);
  appendFileSync(diary, '');

  const configure = async (settings: object): Promise<void> => {
    const answer = await server.send('PUT', '/api/cloud/providers/process', settings);
    expect(answer.status, await answer.text()).toBe(200);
  };
  const post = (body: object, headers: Record<string, string> = {}): Promise<Response> =>
    server.send('POST', '/api/cloud/jobs/submit?provider=process', body, headers);
  const submit = async (config: object = {}, more: object = {}): Promise<string> => {
    const answer = await post({ config: { diary, ...config }, ...more });
    const submitted = (await answer.json()) as Submitted;
    expect(answer.status, JSON.stringify(submitted)).toBe(201);
    return submitted.job_id;
  };
  const jobOf = async (jobId: string): Promise<JobJson> =>
    (await server.json<{ job: JobJson }>(`/api/cloud/jobs/${jobId}`)).job;
  /** The job once it has the given status. */
  const when = (jobId: string, status: string): Promise<JobJson> =>
    vi.waitFor(
      async () => {
        const job = await jobOf(jobId);
        expect(job.status, JSON.stringify(job)).toBe(status);
        return job;
      },
      { timeout: 30_000, interval: 50 },
    );
  const useTrainer = (): Promise<void> => configure({ command: [process.execPath, trainer], max_concurrent: 4 });
  await useTrainer();
  return {
    ...{ server, diary, configure, useTrainer, post, submit, jobOf, when },
    starts: (): string[] => readFileSync(diary, 'utf8').trim().split('\n').filter(Boolean),
    /** A file that the trainer waits for when its configuration says `until`. */
    gate: (name: string): string => join(server.home, name),
    open: (name: string): void => writeFileSync(join(server.home, name), ''),
  };
}
