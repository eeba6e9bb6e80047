import type { Clock } from '#libs/clock';
import { DomainError } from '../../http/index.js';
import type { Submission } from '../adapter.js';
import type { OwnSettings } from '../provider-fields.js';
import { resolveCommand } from './command-line.js';
import { jobEnvironment } from './job-environment.js';
import type { LogRedaction } from './log-redaction.js';
import { startSupervised } from './supervisor.js';
import type { WorkFolder } from './work-folder.js';

const START_TIMEOUT_MS = 10_000;
const START_POLL_MS = 10;
/** A supervisor that has taken the folder this long ago and tells nothing was cut off by a crash of the machine. */
const CLAIM_TIMEOUT_MS = 60_000;

/** Starts runs. Starting the same one twice, by whomever and at any moment, gives one run. */
export class ProcessLauncher {
  constructor(
    private readonly inherited: Readonly<Record<string, string>>,
    private readonly redaction: LogRedaction,
    private readonly clock: Clock,
    private readonly logSegmentBytes: number,
  ) {}

  /**
   * Resolves once the supervisor has told its pid.
   * @throws DomainError provider_error (it cannot be started as it is set up), provider_unavailable (nothing was
   * started), provider_timeout (it may still start).
   */
  async launch(submission: Submission, folder: WorkFolder, settings: OwnSettings['process']): Promise<void> {
    const environment = jobEnvironment(this.inherited, submission, folder);
    const commandLine = await resolveCommand(settings, folder.path, environment['PATH'] ?? '');
    try {
      await folder.prepare(submission, {
        costPerHour: settings.cost_per_hour,
        sealedSecrets: this.redaction.seal(submission),
      });
      await startSupervised({
        ...commandLine,
        folder: folder.path,
        environment,
        logSegmentBytes: this.logSegmentBytes,
      });
    } catch (error) {
      throw startProblem(error);
    }
    await this.awaitStart(folder);
  }

  private async awaitStart(folder: WorkFolder): Promise<void> {
    const deadlineMs = this.clock.monotonicMs() + START_TIMEOUT_MS;
    while (this.clock.monotonicMs() < deadlineMs) {
      if (await folder.started()) return;
      if (await this.isAbandoned(folder))
        throw new DomainError('provider', 'provider_error', 'An earlier start of this run was cut off half-way.');
      await this.clock.sleep(START_POLL_MS);
    }
    if (!(await folder.claim()))
      throw new DomainError('provider', 'provider_timeout', 'The run was begun, but has not told its process id yet.');
    await folder.remove();
    throw unavailable('This machine did not start the run in time.');
  }

  private async isAbandoned(folder: WorkFolder): Promise<boolean> {
    const claimedAtMs = await folder.claimedAtMs();
    return claimedAtMs !== undefined && this.clock.now() - claimedAtMs > CLAIM_TIMEOUT_MS;
  }
}

function startProblem(error: unknown): DomainError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
  if (code === 'E2BIG')
    return new DomainError('provider', 'provider_error', 'The environment and arguments of the run are too large.', {
      cause: error,
    });
  return unavailable(`This machine could not start the run (${code}).`, error);
}

function unavailable(message: string, cause?: unknown): DomainError {
  return new DomainError('unavailable', 'provider_unavailable', message, { cause });
}
