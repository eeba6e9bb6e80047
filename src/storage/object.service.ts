import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import {
  S3Error,
  type Checksum,
  type DigestAlgorithm,
  type Digests,
  type ObjectMetadata,
  type ObjectVersion,
} from '#libs/s3';
import type { UploadCredential } from '../jobs/index.js';
import { Buckets } from './buckets.js';
import { hex, Intake, type ReceivedBytes } from './intake.js';
import type { StoredObject } from './object.js';
import { ObjectReader, type OpenObject } from './object-reader.js';
import { Publisher } from './publisher.js';

/** Bytes that a client is sending, and how they are judged once they are there. */
export interface IncomingBody {
  readonly pieces: AsyncIterable<Buffer>;
  readonly algorithms: readonly DigestAlgorithm[];
  /** Throws unless the bytes are those announced; returns the additional checksum to store. */
  readonly verify: (digests: Digests) => Checksum | undefined;
}

export interface ObjectToPut {
  readonly credential: UploadCredential;
  readonly key: string;
  readonly metadata: ObjectMetadata;
  readonly body: IncomingBody;
  readonly condition?: (current: ObjectVersion | undefined) => void;
  /** Asked again when the bytes are there: the job may have ended meanwhile. */
  readonly confirm: () => Promise<void>;
}

export interface ObjectToCopy extends Omit<ObjectToPut, 'body' | 'metadata'> {
  readonly source: OpenObject;
  /** Undefined: the source's. */
  readonly metadata: ObjectMetadata | undefined;
  /** The additional checksum to compute. */
  readonly algorithm: DigestAlgorithm | undefined;
}

/** Putting, copying and deleting whole objects. */
@Injectable()
export class ObjectService {
  constructor(
    private readonly intake: Intake,
    private readonly publisher: Publisher,
    private readonly buckets: Buckets,
    readonly reader: ObjectReader,
    private readonly clock: Clock,
  ) {}

  async put(request: ObjectToPut): Promise<StoredObject> {
    const { credential, key, body, metadata } = request;
    const store = await this.buckets.forWriting(credential);
    const address = { jobId: credential.jobId, key };
    let checksum: Checksum | undefined;
    const received = await this.intake.receive({
      store,
      algorithms: body.algorithms,
      pieces: body.pieces,
      verify: ({ digests }) => {
        checksum = body.verify(digests);
      },
      address,
      progress: address,
    });
    return this.publish(request, received, { metadata, checksum: checksum ?? null });
  }

  /** Reads the source and stores it anew. Closes the source. */
  async copy(request: ObjectToCopy): Promise<StoredObject> {
    const { source, credential, key, algorithm, metadata } = request;
    try {
      const store = await this.buckets.forWriting(credential);
      await store.admit(source.object.bytes);
      const wanted = algorithm ?? source.object.checksum?.algorithm;
      const received = await this.intake.receive({
        store,
        algorithms: wanted === undefined ? ['md5', 'sha256'] : ['md5', 'sha256', wanted],
        pieces: source.blob.stream() as AsyncIterable<Buffer>,
        address: { jobId: credential.jobId, key },
      });
      const checksum = checksumOf(wanted, received.digests);
      return await this.publish(request, received, { metadata: metadata ?? source.object.metadata, checksum });
    } finally {
      await source.blob.close();
    }
  }

  /** Deletes what is there of the keys. */
  async remove(jobId: string, keys: readonly string[]): Promise<void> {
    const store = await this.buckets.forReading(jobId);
    if (store) await this.publisher.remove(jobId, keys, store);
  }

  private async publish(
    request: Pick<ObjectToPut, 'credential' | 'key' | 'condition' | 'confirm'>,
    received: ReceivedBytes,
    extra: Pick<StoredObject, 'metadata' | 'checksum'>,
  ): Promise<StoredObject> {
    const { credential, key, condition } = request;
    const { jobId, provider } = credential;
    const store = await this.buckets.forWriting(credential);
    const { blob, bytes, digests } = received;
    const object: StoredObject = {
      jobId,
      key,
      blob,
      bytes,
      etag: hex(digests.md5),
      sha256: hex(digests.sha256),
      lastModifiedMs: this.clock.now(),
      ...extra,
    };
    try {
      await request.confirm();
      const { jobBytesMax } = await this.buckets.quota(provider);
      await this.publisher.publish({ object, jobBytesMax, condition }, store);
    } catch (error) {
      // After any other failure the commit may have happened all the same; then the next sweep finds out.
      if (error instanceof S3Error) await store.remove(blob, undefined);
      throw error;
    }
    return object;
  }
}

export function checksumOf(algorithm: DigestAlgorithm | undefined, digests: Digests): Checksum | null {
  if (algorithm === undefined || algorithm === 'md5') return null;
  const value = digests[algorithm]?.toString('base64');
  return value === undefined ? null : { algorithm, type: 'FULL_OBJECT', value };
}
