import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { newId } from '#libs/ids';
import {
  combineChecksum,
  multipartEtag,
  partNumberMax,
  S3Error,
  type ChecksumAlgorithm,
  type CompletedPart,
  type MultipartChecksum,
  type ObjectMetadata,
  type ObjectVersion,
} from '#libs/s3';
import { getLogger } from '#libs/log';
import type { UploadCredential } from '../jobs/index.js';
import type { ByteStore } from './byte-store.js';
import { Buckets } from './buckets.js';
import { chooseParts } from './chosen-parts.js';
import { fewAtOnce } from './few-at-once.js';
import { hex } from './intake.js';
import { Joining } from './joining.js';
import { KeyedLock } from './keyed-lock.js';
import type { CompletedObject, MultipartUpload, ObjectAddress, StoredObject, UploadPart } from './object.js';
import { checksumOf, type IncomingBody } from './object.service.js';
import { Publisher } from './publisher.js';
import { storageLimits } from './storage.limits.js';
import { UploadIndex } from './upload-index.js';

const log = getLogger('storage');

export interface PartToPut {
  readonly credential: UploadCredential;
  readonly upload: MultipartUpload;
  readonly partNumber: number;
  readonly body: IncomingBody;
  /** Asked again when the bytes are there: the job may have ended meanwhile. */
  readonly confirm: () => Promise<void>;
}

export interface UploadToComplete {
  readonly credential: UploadCredential;
  readonly upload: MultipartUpload;
  readonly parts: readonly CompletedPart[];
  /** The size the client expects, if it says so. */
  readonly objectBytes: number | undefined;
  readonly condition?: (current: ObjectVersion | undefined) => void;
  /** Throws when the checksum of the whole is not the one the client states. */
  readonly verify: (completed: CompletedObject) => void;
  /** Asked again when the parts are joined: the job may have ended meanwhile. */
  readonly confirm: () => Promise<void>;
}

/** Multipart uploads from their beginning to one object, or to nothing. */
@Injectable()
export class MultipartService {
  private readonly completions = new KeyedLock();

  constructor(
    readonly uploads: UploadIndex,
    private readonly joining: Joining,
    private readonly publisher: Publisher,
    private readonly buckets: Buckets,
    private readonly clock: Clock,
  ) {}

  async begin(
    credential: UploadCredential,
    key: string,
    metadata: ObjectMetadata,
    checksum: MultipartChecksum | undefined,
  ): Promise<MultipartUpload> {
    await this.buckets.forWriting(credential);
    const upload: MultipartUpload = {
      uploadId: newId(),
      jobId: credential.jobId,
      key,
      metadata,
      checksum: checksum ?? null,
      initiatedMs: this.clock.now(),
      state: 'open',
      completed: null,
      endedAtMs: null,
    };
    await this.uploads.begin(upload);
    return upload;
  }

  /** An upload by its id and address. @throws S3Error NoSuchUpload, also when it has ended, unless completed ones are wanted. */
  async find(address: ObjectAddress, uploadId: string, withCompleted = false): Promise<MultipartUpload> {
    const upload = await this.uploads.find(uploadId);
    const isHere = upload?.jobId === address.jobId && upload.key === address.key;
    if (!upload || !isHere) throw noSuchUpload();
    if (upload.state === 'open' || (withCompleted && upload.state === 'completed')) return upload;
    throw noSuchUpload();
  }

  async putPart({ credential, upload, partNumber, body, confirm }: PartToPut): Promise<UploadPart> {
    const { jobId, key, uploadId, checksum: settled } = upload;
    const store = await this.buckets.forWriting(credential);
    let checksum = null as UploadPart['checksum'];
    const received = await this.joining.intake.receive({
      store,
      algorithms: withAlgorithm(body.algorithms, settled?.algorithm),
      pieces: body.pieces,
      verify: ({ digests }) => {
        const stated = body.verify(digests);
        checksum = settled ? checksumOf(settled.algorithm, digests) : (stated ?? null);
      },
      progress: { jobId, key },
    });
    const { blob, bytes, digests } = received;
    const part = {
      uploadId,
      partNumber,
      blob,
      bytes,
      etag: hex(digests.md5),
      checksum,
      lastModifiedMs: this.clock.now(),
    };
    const { jobBytesMax } = await this.buckets.quota(credential.provider);
    await this.recordPart(part, { jobBytesMax, confirm }, store);
    return part;
  }

  /** Joins the parts into the object. Doing it again answers the same, also while the first is under way. */
  complete(request: UploadToComplete): Promise<CompletedObject> {
    const { upload, credential } = request;
    return this.completions.run(upload.uploadId, async () => {
      const now = await this.find(upload, upload.uploadId, true);
      if (now.completed) return now.completed;
      const all = await this.uploads.parts(upload.uploadId, 0, partNumberMax);
      const { objectBytesMax, jobBytesMax } = await this.buckets.quota(credential.provider);
      const parts = chooseParts(all, request.parts, { objectBytes: request.objectBytes, objectBytesMax });
      const completed: CompletedObject = {
        etag: multipartEtag(parts.map(({ etag }) => etag)),
        checksum: upload.checksum ? await combineChecksum(upload.checksum, parts.map(digestOf)) : null,
      };
      request.verify(completed);
      const store = await this.buckets.forWriting(credential);
      try {
        await this.publish(request, { parts, completed, jobBytesMax }, store);
      } catch (error) {
        // Another process may have completed it meanwhile, and taken the parts away.
        const ended = await this.uploads.find(upload.uploadId);
        if (!ended?.completed) throw error;
        return ended.completed;
      }
      await this.removeBlobs(all, store);
      return completed;
    });
  }

  private async publish(
    { upload, condition, confirm }: UploadToComplete,
    whole: { parts: readonly UploadPart[]; completed: CompletedObject; jobBytesMax: number },
    store: ByteStore,
  ): Promise<void> {
    const { parts, completed, jobBytesMax } = whole;
    const object = await this.join(upload, parts, completed, store);
    const publication = { object, jobBytesMax, condition, completesUploadId: upload.uploadId };
    try {
      await confirm();
      await this.publisher.publish(publication, store);
    } catch (error) {
      if (error instanceof S3Error) await store.remove(object.blob, undefined);
      throw error;
    }
  }

  /** Gives up an upload and removes its parts. */
  async abort(upload: Pick<MultipartUpload, 'jobId' | 'uploadId'>): Promise<void> {
    await this.completions.run(upload.uploadId, async () => {
      const parts = await this.uploads.abort(upload.uploadId, this.clock.now());
      const store = await this.buckets.forReading(upload.jobId);
      if (store) await this.removeBlobs(parts, store);
    });
  }

  private async recordPart(
    part: UploadPart,
    { jobBytesMax, confirm }: { jobBytesMax: number } & Pick<PartToPut, 'confirm'>,
    store: ByteStore,
  ): Promise<void> {
    let recorded: Awaited<ReturnType<UploadIndex['putPart']>>;
    try {
      await confirm();
      recorded = await this.uploads.putPart(part, jobBytesMax);
      if (!recorded) throw noSuchUpload();
    } catch (error) {
      if (error instanceof S3Error) await store.remove(part.blob, undefined);
      throw error;
    }
    if (recorded.replaced) await this.removeBlobs([recorded.replaced], store);
  }

  private async join(
    upload: MultipartUpload,
    parts: readonly UploadPart[],
    completed: CompletedObject,
    store: ByteStore,
  ): Promise<StoredObject> {
    const { jobId, key, metadata } = upload;
    const joined = await this.joining.join({ jobId, key }, parts, store);
    return { jobId, key, ...joined, metadata, lastModifiedMs: this.clock.now(), ...completed };
  }

  private async removeBlobs(parts: readonly UploadPart[], store: ByteStore): Promise<void> {
    try {
      await fewAtOnce(parts, storageLimits.removalsAtOnce, ({ blob }) => store.remove(blob, undefined));
    } catch (error) {
      // A store that fails is not asked for one part after the other.
      const { uploadId } = parts[0] ?? {};
      log.warning('Parts could not be removed: they are left to the sweeper', { upload_id: uploadId, error });
    }
  }
}

function digestOf({ checksum, bytes }: UploadPart): { digest: Buffer; bytes: number } {
  return { digest: Buffer.from(checksum?.value ?? '', 'base64'), bytes };
}

function withAlgorithm(
  algorithms: IncomingBody['algorithms'],
  extra: ChecksumAlgorithm | undefined,
): IncomingBody['algorithms'] {
  return extra === undefined || algorithms.includes(extra) ? algorithms : [...algorithms, extra];
}

export function noSuchUpload(): S3Error {
  return new S3Error(
    'NoSuchUpload',
    'The specified multipart upload does not exist. The upload ID might be invalid, or the multipart upload might have been aborted or completed.',
  );
}
