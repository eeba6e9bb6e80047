/** What is announced to people and to other replicas. */
export type EventType = 'cloud_job_update' | 'job_status_changed' | 'upload_progress' | 'notification';

/** An event that is about to be told. */
export interface NewEvent {
  readonly type: EventType;
  readonly payload: object;
  /** Whose it is; null: everyone's. */
  readonly userId: string | null;
}

export interface PublishedEvent {
  readonly sequence: number;
  readonly type: string;
  readonly userId: string | null;
  readonly payload: unknown;
}

/** How many events one read takes at most. */
export const EVENT_PAGE_MAX = 500;

/** The outbox: events are rows written in the caller's transaction, so that an event is told if and only if it happened. */
export abstract class Events {
  /** Records an event; it is delivered at least once to every replica after the caller's transaction commits. */
  publish(type: EventType, payload: object, userId: string | null): Promise<void> {
    return this.publishAll([{ type, payload, userId }]);
  }

  /** As `publish`, for several events, which are told in their order. */
  abstract publishAll(events: readonly NewEvent[]): Promise<void>;
  /** Calls `listener` whenever this process has published something; returns the way to stop it. */
  abstract onPublished(listener: () => void): () => void;
  /** Events after `sequence` in order, at most EVENT_PAGE_MAX. */
  abstract after(sequence: number): Promise<PublishedEvent[]>;
  /** Those of the given numbers that exist by now, in order. */
  abstract bySequences(sequences: readonly number[]): Promise<PublishedEvent[]>;
  /** The newest number, 0 while there is none. */
  abstract lastSequence(): Promise<number>;
  /** Forgets events older than `beforeMs`; the newest stays, so that sequences never start again. */
  abstract forget(beforeMs: number): Promise<void>;
}
