import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import type { Readable } from 'node:stream';
import { checkKey, S3Error } from '#libs/s3';
import { invalidFields, notFound, type Caller } from '../../http/index.js';
import { ObjectReader } from '../object-reader.js';
import { storageLimits } from '../storage.limits.js';
import { Archives } from './archives.js';
import { DownloadLinks, type DownloadLink, type LinkWish } from './download-links.js';
import { JobFiles, type FilesPage, type FilesWish } from './job-files.js';
import { Manifests } from './manifests.js';
import { Places } from './places.js';

/** What people do with the files of jobs that they may see; anybody else's job is not there (`job_not_found`). */
@Injectable()
export class FileAccess {
  private readonly archivePlaces = new Places(storageLimits.archivesMax, 'archives');
  private readonly verificationPlaces = new Places(storageLimits.verificationsMax, 'verifications');

  constructor(
    private readonly files: JobFiles,
    private readonly manifests: Manifests,
    private readonly archives: Archives,
    private readonly links: DownloadLinks,
    private readonly reader: ObjectReader,
  ) {}

  async page(jobId: string, wish: FilesWish, caller: Caller): Promise<FilesPage> {
    await this.files.visibleJob(jobId, caller);
    return this.files.page(jobId, wish);
  }

  /** @throws DomainError not_found when the job has no such file, validation_error for what cannot be a key. */
  async link(
    jobId: string,
    wish: Pick<LinkWish, 'key' | 'seconds' | 'isAttachment'>,
    caller: Caller,
    request: Request,
  ): Promise<DownloadLink> {
    const { provider } = await this.files.visibleJob(jobId, caller);
    requireKey(wish.key);
    if (!(await this.reader.current({ jobId, key: wish.key }))) throw notFound('The file');
    return this.links.make({ ...wish, jobId, provider }, request);
  }

  async manifest(jobId: string, caller: Caller): Promise<AsyncIterable<string>> {
    await this.files.visibleJob(jobId, caller);
    return this.manifests.write(jobId);
  }

  /** `send` is handed the verdict in pieces while the files are re-read. @throws DomainError rate_limit_exceeded. */
  async verify(
    jobId: string,
    caller: Caller,
    signal: AbortSignal,
    send: (pieces: AsyncIterable<string>) => Promise<void>,
  ): Promise<void> {
    await this.files.visibleJob(jobId, caller);
    const leave = this.verificationPlaces.take();
    await send(this.manifests.verify(jobId, signal)).finally(leave);
  }

  /** `send` is handed the archive; when it returns, the archive is given up. @throws DomainError rate_limit_exceeded. */
  async archive(
    jobId: string,
    prefix: string,
    caller: Caller,
    send: (archive: Readable) => Promise<void>,
  ): Promise<void> {
    await this.files.visibleJob(jobId, caller);
    const leave = this.archivePlaces.take();
    try {
      const archive = await this.archives.open(jobId, prefix);
      await send(archive).finally(() => archive.destroy());
    } finally {
      leave();
    }
  }
}

function requireKey(key: string): void {
  try {
    checkKey(key);
  } catch (error) {
    if (error instanceof S3Error) throw invalidFields([{ field: 'key', message: error.message }]);
    throw error;
  }
}
