/** Who works with the database: every server announces itself, so that no restore pulls the records from under another one. */
export abstract class Presence {
  /**
   * Announces this server until `leave`. @throws StartError while the records are being replaced; on SQLite also beside another
   * server, where one of them takes itself for the only one.
   */
  abstract enter(): Promise<void>;
  abstract leave(): Promise<void>;
  /** Runs `work` while no other server works with the database or starts to. @throws DomainError backup_database_in_use. */
  abstract alone<T>(work: () => Promise<T>): Promise<T>;
}
