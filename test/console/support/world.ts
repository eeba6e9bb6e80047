import { resolve } from 'node:path';
import { vi } from 'vitest';
import { ServerProcess } from '../../support/server.js';

const TRAINER = resolve('examples/digits-trainer/train.mjs');
/** A second or two on one core. */
const SHORT_RUN = { max_train_steps: 60, log_every: 10, validate_every: 30, checkpoint_every: 30 };

/** A real server whose `process` provider runs the demo's trainer. */
export class World {
  private constructor(readonly server: ServerProcess) {}

  static async start(env: Readonly<Record<string, string>> = {}): Promise<World> {
    const server = await ServerProcess.start({ env: { SIMPLETUNER_JOB_POLL_INTERVAL: '0.5', ...env } });
    const world = new World(server);
    await world.call('PUT', '/api/cloud/providers/process', {
      command: [process.execPath, TRAINER],
      cost_per_hour: 1.2,
      max_concurrent: 2,
    });
    return world;
  }

  /** The address of a page. */
  at(path: string): string {
    return this.server.ops + path;
  }

  /** @throws Error with the answer unless the server agrees. */
  async call<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.server.send(method, path, body);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text) as T;
  }

  /** Submits a short run of the demo's trainer and returns its id. */
  async submit(name: string, config: object = {}): Promise<string> {
    const { job_id: jobId } = await this.call<{ job_id: string }>('POST', '/api/cloud/jobs/submit?provider=process', {
      config: { ...SHORT_RUN, ...config },
      tracker_run_name: name,
    });
    return jobId;
  }

  /** Waits until the job has ended, and returns how. */
  async ended(jobId: string): Promise<string> {
    return vi.waitFor(
      async () => {
        const { job } = await this.call<{ job: { status: string; is_terminal: boolean } }>(
          'GET',
          `/api/cloud/jobs/${jobId}`,
        );
        if (!job.is_terminal) throw new Error(`The job is ${job.status}`);
        return job.status;
      },
      { timeout: 45_000, interval: 100 },
    );
  }

  async stop(): Promise<void> {
    await this.server.dispose();
  }
}

export { SHORT_RUN };
