import { Injectable } from '@nestjs/common';
import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { ZipFile } from 'yazl';
import { Clock } from '#libs/clock';
import { S3Error } from '#libs/s3';
import { invalidFields } from '../../http/index.js';
import { ObjectReader, type OpenObject } from '../object-reader.js';
import { storageLimits } from '../storage.limits.js';
import { archiveNames } from './archive-names.js';
import { JobFiles } from './job-files.js';
import { manifestFileOf, Manifests } from './manifests.js';

/** A file of an archive: readable by everyone who unpacks it, executable by nobody. */
const FILE_MODE = 0o100644;

/**
 * Jobs as ZIP archives that are made while they are sent: nothing is kept on the disk, and one file is open at a time. Entries
 * are stored, not deflated: checkpoints do not become smaller. The last entry is the signed manifest of the versions within.
 */
@Injectable()
export class Archives {
  constructor(
    private readonly files: JobFiles,
    private readonly reader: ObjectReader,
    private readonly manifests: Manifests,
    private readonly clock: Clock,
  ) {}

  /**
   * The archive of the files whose keys begin with the prefix. Destroy the stream to give it up. A file that is deleted before
   * its turn is left out; one that is replaced is the new one.
   * @throws DomainError validation_error when there are more than an archive holds.
   */
  async open(jobId: string, prefix: string): Promise<PassThrough> {
    const keys = await this.keys(jobId, prefix);
    const zip = new ZipFile();
    const output = new PassThrough();
    zip.outputStream.pipe(output);
    zip.on('error', (error: Error) => output.destroy(error));
    this.fill(zip, output, jobId, keys).catch((error: unknown) => output.destroy(error as Error));
    return output;
  }

  private async keys(jobId: string, prefix: string): Promise<string[]> {
    const keys: string[] = [];
    for await (const { key } of this.files.walk(jobId, prefix)) {
      keys.push(key);
      if (keys.length > storageLimits.archiveFilesMax) throw tooMany();
    }
    return keys;
  }

  private async fill(zip: ZipFile, output: PassThrough, jobId: string, keys: readonly string[]): Promise<void> {
    const names = archiveNames([...keys, 'MANIFEST.json'], jobId);
    const writer = this.manifests.writer(jobId);
    const manifest = [writer.begin()];
    for (const [position, key] of keys.entries()) {
      const opened = await this.openCurrent(jobId, key);
      if (!opened) continue;
      await addFile(zip, output, opened, names[position] ?? key);
      manifest.push(writer.add(manifestFileOf(opened.object)));
    }
    manifest.push(writer.end(this.clock.now()));
    const options = { mtime: new Date(this.clock.now()), mode: FILE_MODE, compress: false };
    zip.addBuffer(Buffer.from(manifest.join('')), names.at(-1) ?? 'MANIFEST.json', options);
    zip.end();
  }

  private async openCurrent(jobId: string, key: string): Promise<OpenObject | undefined> {
    try {
      return await this.reader.open({ jobId, key });
    } catch (error) {
      if (error instanceof S3Error && error.code === 'NoSuchKey') return undefined;
      throw error;
    }
  }
}

/** Adds one file and waits until it has been read to its end, or the reader of the archive has gone. */
async function addFile(zip: ZipFile, output: PassThrough, { object, blob }: OpenObject, name: string): Promise<void> {
  const bytes = blob.stream();
  const giveUp = (): void => void bytes.destroy();
  output.once('close', giveUp);
  try {
    if (output.destroyed) throw new Error('The reader has gone');
    const read = finished(bytes, { writable: false });
    const options = { mtime: new Date(object.lastModifiedMs), mode: FILE_MODE, compress: false, size: object.bytes };
    zip.addReadStreamLazy(name, options, (callback) => callback(null, bytes));
    await read;
  } finally {
    output.off('close', giveUp);
    await blob.close();
  }
}

function tooMany(): Error {
  const message = `must select at most ${storageLimits.archiveFilesMax} files; fetch more than that with an S3 client`;
  return invalidFields([{ field: 'prefix', message }]);
}
