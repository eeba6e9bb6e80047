import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, vi } from 'vitest';
import type { ServerProcess } from './server.js';

const TRAINER = fileURLToPath(new URL('./trainers/gated.mjs', import.meta.url));

export interface JobFacts {
  readonly job_id: string;
  readonly status: string;
  readonly cost_usd: number | null;
  readonly error_message: string | null;
  readonly [fact: string]: unknown;
}

export interface TimelineFacts {
  readonly source: string;
  readonly from: string | null;
  readonly to: string;
  readonly note: string | null;
  readonly evidence_ids: readonly string[];
}

/** Jobs whose trainer is a real process that ends when its test says so (trainers/gated.mjs). */
export class GatedJobs {
  private constructor(
    private readonly server: ServerProcess,
    private readonly folder: string,
  ) {}

  static async on(server: ServerProcess, settings: object = {}): Promise<GatedJobs> {
    const folder = join(server.home, 'gates');
    mkdirSync(folder);
    const jobs = new GatedJobs(server, folder);
    await jobs.configure({ max_concurrent: 20, ...settings });
    await jobs.useGatedTrainer();
    return jobs;
  }

  /** Makes the gated trainer the machine's trainer (again). */
  useGatedTrainer(): Promise<void> {
    return this.configure({ command: [process.execPath, TRAINER] });
  }

  async configure(settings: object): Promise<void> {
    const answer = await this.server.send('PUT', '/api/cloud/providers/process', settings);
    expect(answer.status, await answer.clone().text()).toBe(200);
  }

  submission(config: object): object {
    return { config: { folder: this.folder, ...config } };
  }

  async submit(config: object = {}, headers: Record<string, string> = {}): Promise<string> {
    const path = '/api/cloud/jobs/submit?provider=process';
    const answer = await this.server.send('POST', path, this.submission(config), headers);
    const submitted = (await answer.json()) as { job_id: string };
    expect(answer.status, JSON.stringify(submitted)).toBe(201);
    return submitted.job_id;
  }

  open(gate: string): void {
    writeFileSync(join(this.folder, gate), '');
  }

  /** Pids of the trainers that were ever started for the job. */
  trainers(jobId: string): number[] {
    const file = join(this.folder, `${jobId}.starts`);
    return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').map(Number) : [];
  }

  /** What the job's trainer was told by its environment, once it has started. */
  environment(jobId: string): Promise<Record<string, string>> {
    const file = join(this.folder, `${jobId}.json`);
    return vi.waitFor(() => JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>, {
      timeout: 30_000,
      interval: 20,
    });
  }

  async job(jobId: string): Promise<JobFacts> {
    return (await this.server.json<{ job: JobFacts }>(`/api/cloud/jobs/${jobId}`)).job;
  }

  async timeline(jobId: string): Promise<readonly TimelineFacts[]> {
    return (await this.server.json<{ timeline: TimelineFacts[] }>(`/api/cloud/jobs/${jobId}/timeline?limit=1000`))
      .timeline;
  }

  when(jobId: string, status: string): Promise<JobFacts> {
    return vi.waitFor(
      async () => {
        const job = await this.job(jobId);
        expect(job.status, JSON.stringify(job)).toBe(status);
        return job;
      },
      { timeout: 30_000, interval: 50 },
    );
  }
}
