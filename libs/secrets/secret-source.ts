export type SourceName = 'env' | 'file' | 'aws' | 'vault';

export interface FoundSecret {
  readonly value: string;
  /** Since it was read from its source. */
  readonly ageMs: number;
}

/** How a source is, for operators. */
export interface SourceState {
  readonly name: SourceName;
  /** What people call it. */
  readonly label: string;
  /** Finishes the sentence that begins with the label; undefined while all is well. */
  readonly trouble: string | undefined;
  /** For how long reads have failed; undefined when the last one succeeded or none was made. */
  readonly failingForMs: number | undefined;
  /** False until it has been read for the first time. */
  readonly isRead: boolean;
}

/** One place where secrets come from. Names are canonical. Nothing here rejects: a source that fails answers with its last good values. */
export abstract class SecretSource {
  abstract readonly name: SourceName;
  abstract find(name: string): Promise<FoundSecret | undefined>;
  /** What is known without asking anybody. */
  abstract peek(name: string): FoundSecret | undefined;
  /** Reads anew, unless that was done a moment ago. */
  abstract refresh(): Promise<void>;
  /** Called every few seconds: reads what will soon be too old, so that those who ask for `names` need not wait. */
  abstract keepFresh(names: readonly string[]): Promise<void>;
  /** What it holds, as far as it can be listed. */
  abstract names(): Promise<readonly string[]>;
  abstract state(): SourceState;
  /** Lets go of connections. */
  abstract close(): void;
}
