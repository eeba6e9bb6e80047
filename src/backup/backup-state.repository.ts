/** What became of the last backups, over all replicas. Instants in milliseconds; 0 while there was none. */
export interface BackupState {
  readonly lastSuccessAtMs: number;
  readonly lastFailureAtMs: number;
  readonly lastFailure: string;
  /** Up to here the schedule has been kept. */
  readonly scheduledThroughMs: number;
  /** A scheduled backup that failed is not tried again before that. */
  readonly retryAtMs: number;
}

export abstract class BackupStateRepository {
  abstract read(): Promise<BackupState>;
  abstract succeeded(atMs: number): Promise<void>;
  abstract failed(atMs: number, reason: string): Promise<void>;
  /** Begins to keep a schedule from `nowMs` on, unless one is kept already. */
  abstract begin(nowMs: number): Promise<void>;
  abstract keptThrough(atMs: number): Promise<void>;
  /** The schedule is tried again from then on, by anybody. */
  abstract retryAt(atMs: number): Promise<void>;
}
