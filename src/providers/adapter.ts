import type { OutboundRequest } from '#libs/outbound';
import type { JobStatus } from './job-status.js';

/** What a job is, as far as a provider must know to run it. */
export interface Submission {
  readonly jobId: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly dataloaderConfig: readonly Readonly<Record<string, unknown>>[];
  readonly hardwareProfile: string | null;
  /** Variables the submitter adds; they may not replace those of `environment`. */
  readonly env: Readonly<Record<string, string>>;
  /** The variables of contract §6 (upload credentials, webhook address and secret). */
  readonly environment: Readonly<Record<string, string>>;
  /** Where the provider reports to, or null when the server has no address that it could reach. */
  readonly webhookUrl: string | null;
  readonly correlationId: string;
}

/** How a job is known: ours, and the provider's once it has given one. */
export interface JobReference {
  readonly jobId: string;
  readonly providerJobId: string;
}

export interface Progress {
  /** e.g. `Preprocessing`, `Warmup`, `Training`, `Validation`, `Saving checkpoint`. */
  readonly stage: string;
  readonly current: number | null;
  readonly total: number | null;
  readonly percent: number | null;
  readonly message: string | null;
}

/** What a provider says of a job, in our words. Absent means: it said nothing of it. */
export interface ProviderReport {
  /** Undefined when the provider used a word that we do not know: it changes nothing and is logged. */
  readonly status?: JobStatus | undefined;
  /** The provider's own word. */
  readonly rawStatus?: string;
  readonly providerJobId?: string;
  readonly startedAtMs?: number;
  readonly completedAtMs?: number;
  readonly errorMessage?: string;
  readonly outputUrl?: string;
  readonly costUsd?: number;
  readonly hardwareType?: string;
  readonly progress?: Progress;
  /** The newest log lines, when the report carries any. */
  readonly logs?: string;
  /** A line for the job's timeline, e.g. `checkpoint-500 saved`. */
  readonly note?: string;
  /**
   * The reporter says that the run is over, but is not the one to know it. This ends nothing: it is a reason to ask
   * `status` now instead of at the next poll.
   */
  readonly endHint?: 'completed' | 'failed';
}

export interface ProviderJob extends ProviderReport {
  readonly providerJobId: string;
}

/** A run as the provider lists it. */
export interface ListedRun extends ProviderJob {
  /** The job that it was started for, by the tag that `submit` gave it. */
  readonly jobId?: string;
  readonly createdAtMs?: number;
  /** What it runs, in the provider's words. */
  readonly model?: string;
}

export interface HardwareProfile {
  readonly id: string;
  readonly label: string;
  readonly usdPerSecond: number;
}

export interface Validation {
  readonly isValid: boolean;
  /** One sentence for the operator: what is right, or what to do. */
  readonly message: string;
  /** It could not be asked now and may be well again soon; nothing is known to be missing. */
  readonly isPassing?: boolean;
}

/** How the way to a provider is tried: a request that changes nothing, and the meaning of its answer. */
export interface ConnectionProbe {
  readonly request: OutboundRequest;
  judge(answer: { readonly status: number; readonly text: string }): Validation;
}

export interface Capabilities {
  readonly webhooks: boolean;
  readonly cancel: boolean;
  readonly logs: boolean;
  readonly list: boolean;
}

/** One provider of training runs. All failures are DomainErrors: provider_error, provider_timeout or provider_unavailable. */
export abstract class ProviderAdapter {
  abstract readonly name: string;
  abstract readonly capabilities: Capabilities;
  /** Whether its webhooks tell the end of a run; else they only hint at it, and ends are learned by asking. */
  abstract readonly tellsEnds: boolean;
  /** Whether new jobs may be given to it here; one that is not offered still follows the jobs it has started. */
  abstract readonly isOffered: boolean;

  /** Whether it is called over a network. */
  abstract readonly isRemote: boolean;
  /** The secret that holds its API token, or undefined when it needs none. */
  readonly tokenName: string | undefined = undefined;

  /** A request with which the way to it can be tried; undefined when it is no server elsewhere. */
  connectionProbe(): Promise<ConnectionProbe | undefined> {
    return Promise.resolve(undefined);
  }

  /** Whether it has been told what it cannot work without; asks nobody. */
  abstract isConfigured(): Promise<boolean>;
  /** Whether everything that a submission needs is there; the message says what is missing. */
  abstract validate(): Promise<Validation>;
  abstract hardware(): Promise<readonly HardwareProfile[]>;
  /** How many jobs this provider runs at a time, or undefined when it queues by itself. */
  abstract concurrencyLimit(): Promise<number | undefined>;

  /**
   * Starts a paid run. Called at most once per job unless `find` says that no run of this job exists.
   * When it throws provider_unavailable nothing was started for certain; after provider_timeout only `find` can tell.
   */
  abstract submit(submission: Submission): Promise<ProviderJob>;
  /** Looks for a run of ours by the tag that `submit` gave it: after a crash between the call and its record. */
  abstract find(jobId: string): Promise<ProviderJob | undefined>;
  /** The run's present state; undefined when the provider no longer knows it. */
  abstract status(reference: JobReference): Promise<ProviderJob | undefined>;
  /** Asks the provider to end a run; a run that has ended already is no error. */
  abstract cancel(reference: JobReference): Promise<void>;
  /** The whole log or its end, at most `bytesMax` bytes. */
  abstract logs(reference: JobReference, bytesMax: number): Promise<string>;
  /** Removes what this machine keeps of an ended run (its work folder); called when the job is deleted. No run is no error. */
  abstract forget(jobId: string): Promise<void>;
  /**
   * Calls `listener` soon after a run has ended that this process can see ending, which then need not wait for a poll.
   * A provider that can only be asked never calls it.
   */
  onRunEnded(_listener: (jobId: string) => void): void {
    // Most providers are elsewhere: their news are webhooks and answers.
  }

  /** Runs of this product's trainers that the provider knows of, or of anything (`all`), newest first. */
  abstract list(limit: number, all?: boolean): Promise<readonly ListedRun[]>;

  /** Secrets (`whsec_…`) with which a delivery about `jobId` may be signed; empty when none is configured. */
  abstract webhookSecrets(jobId: string | undefined): Promise<readonly string[]>;
  /**
   * The secrets as the provider tells them now, for a delivery that none of the `known` ones has signed: they may have been
   * replaced. Undefined when they are the same, or when it was asked a moment ago: anyone can send what nobody has signed.
   */
  newerWebhookSecrets(_known: readonly string[]): Promise<readonly string[] | undefined> {
    return Promise.resolve(undefined);
  }
  /** Keys that a trainer of this very job may send, instead of a signature, with its own events. */
  eventKeys(_jobId: string): readonly string[] {
    return [];
  }
  /** Reads a verified delivery. Returns undefined for an event that says nothing about a job's state. */
  abstract parseWebhook(body: unknown): ProviderReport | undefined;
}
