/** While it lasts nobody else of the installation changes its backups. */
export interface Turn {
  /** To be asked before what cannot be undone. @throws Error when the turn may have been lost. */
  confirm(): Promise<void>;
}

/** Work on the backups of an installation by one process at a time: two that clean up at once would not see what the other deletes. */
export abstract class Turns {
  /** Waits for other processes for so long. @throws DomainError backup_busy after that. */
  abstract take<T>(waitMs: number, work: (turn: Turn) => Promise<T>): Promise<T>;
}
