import type { SignedCheckpoint } from '#libs/audit-chain';

/** How far checkpoints, counts and retention have come. */
export interface AuditProgress {
  /** The last row with a stored checkpoint; 0 while there is none. */
  readonly signedThrough: number;
  readonly signedAtMs: number;
  /** The segment that the next row belongs to, counted from 1, and its first row. */
  readonly segment: number;
  readonly segmentFromSequence: number;
  /** The last row that the kept counts include. */
  readonly countedThrough: number;
  /** The last row that retention has given up, always the end of a segment; 0 while there is none. */
  readonly retiredThrough: number;
}

/** Where checkpoints live, and what one worker of the fleet keeps up to date. */
export abstract class CheckpointRepository {
  abstract progress(): Promise<AuditProgress>;
  /** Runs `work` in a transaction, one caller of the whole fleet at a time, with the progress as it is then. */
  abstract exclusively<T>(work: (progress: AuditProgress) => Promise<T>): Promise<T>;
  /** Stores a checkpoint and that a segment ends there, when it does. Inside `exclusively` only, as the three below. */
  abstract add(checkpoint: SignedCheckpoint): Promise<void>;
  /** Adds the rows after the last counted one, up to `sequence`, to the kept counts. */
  abstract countThrough(sequence: number): Promise<void>;
  /** Gives up every row up to `sequence`, the end of a segment; `purge` then drops them bit by bit. */
  abstract retire(sequence: number): Promise<void>;
  /** Drops at most `rowsMax` retired rows from the log and the counts; true while more wait. Ends of segments stay. */
  abstract purge(rowsMax: number): Promise<boolean>;
  abstract find(sequence: number): Promise<SignedCheckpoint | undefined>;
  /** The newest end of a segment whose last row was written before `beforeMs`. */
  abstract lastSegmentEndBefore(beforeMs: number): Promise<SignedCheckpoint | undefined>;
  /** Newest first; `beforeSequence` goes on where a page ended. */
  abstract page(limit: number, beforeSequence: number | undefined): Promise<readonly SignedCheckpoint[]>;
  /** In rising order from `fromSequence` on, in constant memory. */
  abstract walk(fromSequence: number): AsyncIterable<SignedCheckpoint>;
}
