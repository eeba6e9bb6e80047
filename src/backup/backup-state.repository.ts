/** What became of the last backups, over all replicas. Instants in milliseconds; 0 while there was none. */
export interface BackupState {
  readonly lastSuccessAtMs: number;
  readonly lastFailureAtMs: number;
  readonly lastFailure: string;
  /** Up to here the schedule has been kept. */
  readonly scheduledThroughMs: number;
}

export interface Turn {
  readonly holder: string;
  readonly nowMs: number;
  /** Others may take the turn from then on. */
  readonly untilMs: number;
}

export abstract class BackupStateRepository {
  abstract read(): Promise<BackupState>;
  abstract succeeded(atMs: number): Promise<void>;
  abstract failed(atMs: number, reason: string): Promise<void>;
  /** Begins to keep a schedule from `nowMs` on, unless one is kept already. */
  abstract begin(nowMs: number): Promise<void>;
  /** Takes the turn when the schedule was kept up to `scheduledThroughMs` and nobody has the turn; false when not. */
  abstract take(scheduledThroughMs: number, turn: Turn): Promise<boolean>;
  /** Keeps the turn for longer. */
  abstract renew(turn: Turn): Promise<void>;
  /** Gives the turn back; the schedule is kept up to `scheduledThroughMs`, or is tried again by anybody from `untilMs` on. */
  abstract done(
    holder: string,
    outcome: { readonly scheduledThroughMs: number } | { readonly untilMs: number },
  ): Promise<void>;
}
