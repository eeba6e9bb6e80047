import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, vi } from 'vitest';
import { SystemClock } from '#libs/clock';
import { newId } from '#libs/ids';
import { Keyring, loadConfig } from '../../src/config/index.js';
import type { JobReference, ProviderJob, Submission } from '../../src/providers/index.js';
import type { ProcessAdapter } from '../../src/providers/process/process.adapter.js';
import { createProcessAdapter, type ProcessWorld } from '../../src/providers/process/create-process-adapter.js';
import type { OwnSettings, ProviderSettings } from '../../src/providers/provider-fields.js';

export interface AdapterOptions {
  readonly command: readonly string[];
  readonly home: string;
  readonly settings?: Partial<OwnSettings['process']>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly world?: Partial<ProcessWorld>;
}

/** The real `process` adapter on real processes; only its settings are given instead of stored. */
export function processAdapter(options: AdapterOptions): ReturnType<typeof createProcessAdapter> {
  const own = {
    command: options.command,
    working_directory: '',
    max_concurrent: 1,
    cost_per_hour: 0,
    ...options.settings,
  };
  const environment = { ...process.env, SIMPLETUNER_HOME: options.home, ...options.environment };
  return createProcessAdapter({
    config: loadConfig(environment),
    keyring: new Keyring('a master key for tests only, 32 characters'),
    clock: new SystemClock(),
    settings: { get: () => Promise.resolve(own as OwnSettings['process'] & ProviderSettings) },
    ...options.world,
  });
}

export function submissionOf(changes: Partial<Submission> = {}): Submission {
  return {
    jobId: newId(),
    config: {},
    dataloaderConfig: [],
    hardwareProfile: null,
    env: {},
    environment: {},
    webhookUrl: null,
    correlationId: 'test',
    ...changes,
  };
}

/** A new home directory, removed after the last test of the file. */
export function freshHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'simpletuner-process-'));
  afterAll(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

/** The report of a run once it has the given status. */
export function reportWhen(adapter: ProcessAdapter, jobId: string, status: string): Promise<ProviderJob> {
  return vi.waitUntil(
    async () => {
      const job = await adapter.status(reference(jobId));
      return job?.status === status ? job : undefined;
    },
    { timeout: 30_000, interval: 20 },
  );
}

/** A command that runs a shell script. */
export function shell(script: string): string[] {
  return ['/bin/sh', '-c', script];
}

export function reference(jobId: string): JobReference {
  return { jobId, providerJobId: jobId };
}

/** Where a run's files lie. */
export function workFolder(home: string, jobId: string): string {
  return join(home, 'work', 'process', jobId);
}

/** The pid of the supervisor, which leads the run's process group. */
export function supervisorOf(home: string, jobId: string): number {
  return Number(readFileSync(join(workFolder(home, jobId), 'started'), 'utf8').split('\n')[0]);
}

export async function submitted(adapter: ProcessAdapter, changes: Partial<Submission> = {}): Promise<Submission> {
  const submission = submissionOf(changes);
  await adapter.submit(submission);
  return submission;
}

/** The pid that a trainer has written as the first line of its log. */
export async function firstLineAsPid(adapter: ProcessAdapter, jobId: string): Promise<number> {
  const read = async () => /^(\d+)\n/.exec(await adapter.logs(reference(jobId), 1_000))?.[1];
  return Number(await vi.waitUntil(read, { timeout: 10_000 }));
}
