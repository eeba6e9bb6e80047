import type { EntryDraft } from './audit-entry.js';

const BATCH_ROWS_MAX = 200;

interface Waiting {
  readonly draft: EntryDraft;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Writers of one chain take turns, and each turn costs the database a commit. What arrives while one batch is being
 * written is therefore written together in the next.
 */
export class AppendBatcher {
  private readonly waiting: Waiting[] = [];
  private isWriting = false;

  constructor(private readonly append: (drafts: readonly EntryDraft[]) => Promise<unknown>) {}

  /** Resolves once the row is durable; rejects when the batch that held it was not written. */
  add(draft: EntryDraft): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ draft, resolve, reject });
      if (!this.isWriting) void this.write();
    });
  }

  private async write(): Promise<void> {
    this.isWriting = true;
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, BATCH_ROWS_MAX);
      try {
        await this.append(batch.map(({ draft }) => draft));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.isWriting = false;
  }
}
