/** How far the log has been forwarded. */
export interface ForwardingProgress {
  readonly sentThrough: number;
  /** 0 until something has been sent. */
  readonly sentAtMs: number;
}

/** Remembers the cursor of the forwarding, shared by all replicas. */
export abstract class ForwardingRepository {
  abstract progress(): Promise<ForwardingProgress>;
  /** Moves the cursor forward to `sentThrough`; one that has come further meanwhile stays where it is. */
  abstract advance(sentThrough: number, atMs: number): Promise<void>;
}
