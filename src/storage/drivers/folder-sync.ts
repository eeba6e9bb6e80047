import { open } from 'node:fs/promises';
import { SharedRun } from '#libs/worker';

/** Makes the names in a folder durable. Callers who come while one sync runs share the next one. */
export class FolderSync {
  private readonly syncs = new SharedRun(() => this.run());

  constructor(private readonly folder: string) {}

  /** Every name that was in the folder when this was called is durable when it resolves. */
  sync(): Promise<void> {
    return this.syncs.run();
  }

  private async run(): Promise<void> {
    const handle = await open(this.folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}
