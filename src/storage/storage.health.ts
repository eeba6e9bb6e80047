import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { getLogger } from '#libs/log';
import type { Finding } from '../health/index.js';
import { UnusableStoreError } from './byte-store.js';
import { ByteStores } from './byte-stores.js';

/** Within the time that a check has, so that it is told what hangs. */
const ANSWER_TIMEOUT_MS = 1_900;

/** What the file system says, in words for operators. */
const MEANINGS: Readonly<Record<string, string>> = {
  ENOENT: 'is not there: mount it, or restart the server to make it anew',
  ENOTDIR: 'is not a folder any more',
  EACCES: 'may not be written by this server: look at its owner and mode',
  EPERM: 'may not be written by this server: look at its owner and mode',
  EROFS: 'is on a disk that is read-only: look whether the disk is damaged',
  EIO: 'is on a disk that fails',
  ESTALE: 'was replaced behind its mount: mount it again',
  ENOSPC: 'is on a disk that is full to the last byte',
  EDQUOT: 'is full as far as its quota goes',
};

const log = getLogger('storage');

/** Whether uploads can be taken in. */
@Injectable()
export class StorageHealth {
  /** A question to the store that it has not answered yet. */
  private asked: { readonly atMs: number; readonly answer: Promise<Finding> } | undefined;

  constructor(
    private readonly stores: ByteStores,
    private readonly clock: Clock,
  ) {}

  /** A full disk does not make the server useless: people still read, so it is degraded, not unhealthy. */
  async find(): Promise<Finding> {
    const asked = (this.asked ??= this.ask());
    const answered = new AbortController();
    const late = this.clock.sleep(ANSWER_TIMEOUT_MS, answered.signal).then((): Finding => {
      const seconds = Math.round((this.clock.monotonicMs() - asked.atMs) / 1_000);
      return { status: 'unhealthy', message: `The place of the artifacts has not answered for ${seconds} s` };
    });
    const finding = await Promise.race([asked.answer, late]);
    answered.abort();
    return finding;
  }

  /** What hangs is not asked again: every question to a frozen disk would hold a thread that others need. */
  private ask(): NonNullable<typeof this.asked> {
    const answer = this.look().finally(() => (this.asked = undefined));
    return { atMs: this.clock.monotonicMs(), answer };
  }

  private async look(): Promise<Finding> {
    try {
      const { isRoomy, message } = await this.stores.at(this.stores.defaultName).condition();
      return { status: isRoomy ? 'healthy' : 'degraded', message };
    } catch (error) {
      log.warning('Artifacts can be neither stored nor read', { error });
      if (error instanceof UnusableStoreError) return { status: 'unhealthy', message: error.message };
      const { code = 'error' } = error as NodeJS.ErrnoException;
      return {
        status: 'unhealthy',
        message: `The folder of the artifacts ${MEANINGS[code] ?? 'cannot be used'} (${code})`,
      };
    }
  }
}
