import type {
  HardwareProfile,
  JobReference,
  ListedRun,
  ProviderJob,
  ProviderReport,
  Submission,
  Validation,
} from '../adapter.js';
import { ProviderAdapter } from '../adapter.js';
import type { Keyring } from '../../config/index.js';
import { DomainError } from '../../http/index.js';
import { jobWebhookSecrets } from '../job-webhook-secret.js';
import type { ProviderSettingsService } from '../provider-settings.service.js';
import { parseTrainerEvent } from '../trainer-events.js';
import { resolveCommand } from './command-line.js';
import { tailText } from './log-text.js';
import type { ProcessLauncher } from './process-launcher.js';
import { isGoingOn, type ProcessRuns, type RunState } from './process-runs.js';
import type { RunWatch } from './run-watch.js';
import { reportOf } from './run-report.js';
import type { LogRedaction } from './log-redaction.js';

export const PROCESS_PROVIDER = 'process';
/** How much of the log's end a status tells: enough for its newest 50 lines. */
const STATUS_LOG_BYTES = 16_384;
const SECONDS_PER_HOUR = 3_600;

export interface ProcessParts {
  readonly runs: ProcessRuns;
  readonly launcher: ProcessLauncher;
  readonly watch: RunWatch;
  readonly redaction: LogRedaction;
  readonly settings: Pick<ProviderSettingsService, 'get'>;
  readonly keyring: Keyring;
  readonly isOffered: boolean;
  /** Where programs are looked up (PATH). */
  readonly searchPath: string;
  /** Holds a folder for each run. */
  readonly workRoot: string;
}

/** Runs the trainer command that an admin has set on this machine (contract §6). A job's provider id is its own id. */
export class ProcessAdapter extends ProviderAdapter {
  override readonly name = PROCESS_PROVIDER;
  override readonly capabilities = { webhooks: true, cancel: true, logs: true, list: true };
  override readonly tellsEnds = false;
  override readonly isOffered: boolean;
  override readonly isRemote = false;

  constructor(private readonly parts: ProcessParts) {
    super();
    this.isOffered = parts.isOffered;
  }

  override async isConfigured(): Promise<boolean> {
    return (await this.parts.settings.get(PROCESS_PROVIDER)).command.length > 0;
  }

  override async validate(): Promise<Validation> {
    const settings = await this.parts.settings.get(PROCESS_PROVIDER);
    try {
      const { command } = await resolveCommand(settings, this.parts.workRoot, this.parts.searchPath);
      return { isValid: true, message: `Runs ${command[0]} on this machine.` };
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      return { isValid: false, message: error.message };
    }
  }

  override async hardware(): Promise<readonly HardwareProfile[]> {
    const { cost_per_hour } = await this.parts.settings.get(PROCESS_PROVIDER);
    return [{ id: 'local', label: 'This machine', usdPerSecond: cost_per_hour / SECONDS_PER_HOUR }];
  }

  override async concurrencyLimit(): Promise<number> {
    return (await this.parts.settings.get(PROCESS_PROVIDER)).max_concurrent;
  }

  override async submit(submission: Submission): Promise<ProviderJob> {
    const folder = this.parts.runs.folderOf(submission.jobId);
    if (!this.isOffered || !folder) throw notOffered();
    const known = await this.find(submission.jobId);
    if (known) return known;
    await this.parts.launcher.launch(submission, folder, await this.parts.settings.get(PROCESS_PROVIDER));
    const run = await this.find(submission.jobId);
    if (!run) throw new DomainError('provider', 'provider_timeout', 'The run was started, but cannot be found.');
    return run;
  }

  override async find(jobId: string): Promise<ProviderJob | undefined> {
    const state = await this.parts.runs.stateOf(jobId);
    return state && this.report(jobId, state);
  }

  override async status({ jobId }: JobReference): Promise<ProviderJob | undefined> {
    const state = await this.parts.runs.stateOf(jobId);
    if (!state) return undefined;
    await this.parts.runs.killOverdue(state);
    return this.report(jobId, state);
  }

  override async cancel({ jobId }: JobReference): Promise<void> {
    const state = await this.parts.runs.stateOf(jobId);
    if (state?.isAlive && !state.exit) await this.parts.runs.terminate(state);
  }

  override async logs({ jobId }: JobReference, bytesMax: number): Promise<string> {
    const folder = this.parts.runs.folderOf(jobId);
    if (!folder) return '';
    const tail = await folder.logTail(bytesMax);
    return tailText(tail, bytesMax, (text) => this.clean(jobId, text));
  }

  override async forget(jobId: string): Promise<void> {
    const state = await this.parts.runs.stateOf(jobId);
    // A cancelled run may still be saving its last checkpoint; the sweeper removes what it leaves.
    if (state?.isAlive) await state.folder.markForgotten();
    else await this.parts.runs.folderOf(jobId)?.remove();
  }

  override onRunEnded(listener: (jobId: string) => void): void {
    this.parts.watch.onEnded(listener);
  }

  override async list(limit: number): Promise<readonly ListedRun[]> {
    const found: ListedRun[] = [];
    for (const jobId of await this.parts.runs.jobIds()) {
      if (found.length === limit) break;
      const job = await this.find(jobId);
      if (job) found.push({ ...job, jobId });
    }
    return found;
  }

  override async webhookSecrets(jobId: string | undefined): Promise<readonly string[]> {
    return jobId === undefined ? [] : this.eventKeys(jobId);
  }

  override eventKeys(jobId: string): readonly string[] {
    return jobWebhookSecrets(this.parts.keyring, jobId);
  }

  override parseWebhook(body: unknown): ProviderReport | undefined {
    return parseTrainerEvent(body);
  }

  private async report(jobId: string, state: RunState): Promise<ProviderJob> {
    const { folder, started, isAlive, exit, cancelledAtMs } = state;
    const note = await folder.note();
    if (isGoingOn(state)) this.parts.watch.add(jobId);
    return reportOf({
      jobId,
      started,
      isAlive,
      exit,
      isCancelled: cancelledAtMs !== undefined,
      costPerHour: note?.costPerHour ?? 0,
      log: await this.logs({ jobId, providerJobId: jobId }, STATUS_LOG_BYTES),
      lastLoggedAtMs: await folder.lastLoggedAtMs(),
    });
  }

  private async clean(jobId: string, text: string): Promise<string> {
    const note = await this.parts.runs.folderOf(jobId)?.note();
    return this.parts.redaction.clean(text, jobId, note?.sealedSecrets ?? '');
  }
}

function notOffered(): DomainError {
  return new DomainError(
    'provider',
    'provider_error',
    'This server runs no jobs on its own machine: it would have to listen on loopback only, or SIMPLETUNER_PROCESS_PROVIDER=true be set.',
  );
}
