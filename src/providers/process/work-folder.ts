import { mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Submission } from '../adapter.js';
import type { ProcessIdentity } from './process-identity.js';

/** What is noted of a run before it starts, because settings may change while it runs. */
export interface RunNote {
  readonly costPerHour: number;
  /** Secrets that the run was given, sealed: its log is shown without them. */
  readonly sealedSecrets: string;
}

export interface Started extends ProcessIdentity {
  readonly atMs: number;
}

export interface Exit {
  readonly code: number;
  readonly atMs: number;
  /** Whether everything that the command wrote is in the log. */
  readonly isDrained: boolean;
}

/** The folder of one run: its inputs, and the files by which its supervisor tells of it (supervisor.ts). */
export class WorkFolder {
  constructor(readonly path: string) {}

  get configFile(): string {
    return join(this.path, 'config.json');
  }

  get dataloaderFile(): string {
    return join(this.path, 'dataloader.json');
  }

  /** Makes the folder and writes the run's inputs; only the server's own user can read them. */
  async prepare(submission: Submission, note: RunNote): Promise<void> {
    await mkdir(this.path, { recursive: true, mode: 0o700 });
    await Promise.all([
      this.write('config.json', submission.config),
      this.write('dataloader.json', submission.dataloaderConfig),
      this.write('run.json', note),
    ]);
  }

  async note(): Promise<RunNote | undefined> {
    const text = await this.read('run.json');
    return text === undefined ? undefined : (JSON.parse(text) as RunNote);
  }

  /** Undefined while no supervisor has taken the folder. */
  async started(): Promise<Started | undefined> {
    const [text, atMs] = await Promise.all([this.read('started'), this.writtenAtMs('started')]);
    const [pid, start] = text?.split('\n') ?? [];
    if (!pid || !start || atMs === undefined || !/^[1-9]\d{0,9}$/.test(pid)) return undefined;
    return { pid: Number(pid), start, atMs };
  }

  async exit(): Promise<Exit | undefined> {
    // Looked at first: a log that is complete now was complete when the code is read.
    const isDrained = await this.isDrained();
    const [code, atMs] = await Promise.all([this.read('exit'), this.writtenAtMs('exit')]);
    if (code === undefined || atMs === undefined || !/^\d{1,3}\n$/.test(code)) return undefined;
    return { code: Number(code), atMs, isDrained };
  }

  async isDrained(): Promise<boolean> {
    return (await this.writtenAtMs('drained')) !== undefined;
  }

  /** Notes, in the place of a supervisor that is gone, that nothing more will be written. */
  async markDrained(): Promise<void> {
    await writeFile(join(this.path, 'drained'), '', { mode: 0o600 });
  }

  /** Notes that the run is to end, so that its end is known as a cancellation, also after a restart. */
  async markCancelled(): Promise<void> {
    await writeFile(join(this.path, 'cancel'), '', { mode: 0o600 });
  }

  cancelledAtMs(): Promise<number | undefined> {
    return this.writtenAtMs('cancel');
  }

  /** The newest `bytesMax` bytes of the log, and whether older output is missing before them. */
  async logTail(bytesMax: number): Promise<{ bytes: Buffer; isCut: boolean }> {
    const newest = await this.tailOf('log', bytesMax);
    const older = await this.tailOf('log.1', bytesMax - newest.bytes.length);
    const isDropped = (await this.writtenAtMs('log.cut')) !== undefined;
    return { bytes: Buffer.concat([older.bytes, newest.bytes]), isCut: newest.isCut || older.isCut || isDropped };
  }

  /**
   * Takes the folder so that no supervisor can start in it any more. False when one has taken it already;
   * `claimedAtMs` tells when.
   */
  async claim(): Promise<boolean> {
    try {
      await mkdir(join(this.path, 'claim'));
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      return false;
    }
  }

  claimedAtMs(): Promise<number | undefined> {
    return this.writtenAtMs('claim');
  }

  /** Notes that nobody needs the folder once the run has ended. */
  async markForgotten(): Promise<void> {
    await writeFile(join(this.path, 'forgotten'), '', { mode: 0o600 });
  }

  async isForgotten(): Promise<boolean> {
    return (await this.writtenAtMs('forgotten')) !== undefined;
  }

  /** When the folder last changed. */
  changedAtMs(): Promise<number | undefined> {
    return this.writtenAtMs('.');
  }

  /** When the run last wrote to its log. */
  lastLoggedAtMs(): Promise<number | undefined> {
    return this.writtenAtMs('log');
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }

  private async tailOf(name: string, bytesMax: number): Promise<{ bytes: Buffer; isCut: boolean }> {
    const file = await open(join(this.path, name)).catch(ifAbsent);
    if (!file) return { bytes: Buffer.alloc(0), isCut: false };
    try {
      const { size } = await file.stat();
      const length = Math.min(size, bytesMax);
      const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, size - length);
      return { bytes: buffer.subarray(0, bytesRead), isCut: length < size };
    } finally {
      await file.close();
    }
  }

  private async write(name: string, value: unknown): Promise<void> {
    await writeFile(join(this.path, name), `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  }

  private async read(name: string): Promise<string | undefined> {
    return readFile(join(this.path, name), 'utf8').catch(ifAbsent);
  }

  private async writtenAtMs(name: string): Promise<number | undefined> {
    const written = await stat(join(this.path, name)).catch(ifAbsent);
    return written && Math.trunc(written.mtimeMs);
  }
}

function ifAbsent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error;
}
