import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import {
  completeMultipartUploadXml,
  copyResultXml,
  encodeUri,
  initiateMultipartUploadXml,
  judgeCopyConditions,
  listPartsXml,
  readCompleteMultipartUpload,
  readMultipartChecksum,
  readObjectMetadata,
  resolveCopyRange,
  verifyCombinedChecksum,
  type ByteRange,
} from '#libs/s3';
import { Buckets } from '../buckets.js';
import { MultipartService } from '../multipart.service.js';
import type { CompletedObject, MultipartUpload, StoredObject } from '../object.js';
import { ObjectReader } from '../object-reader.js';
import { addressOf } from './addresses.js';
import { Admission } from './admission.js';
import { Authorizer } from './authorizer.js';
import { Bodies } from './bodies.js';
import type { CallOf } from './call.js';
import { ownerOf } from './owner.js';
import { checksumHeaders } from './object-headers.js';
import { writeCondition } from './object-operations.js';
import { answerSlowly } from './slow-answer.js';

/** What the upload operations need of the storage behind them. */
@Injectable()
export class UploadParts {
  constructor(
    readonly multipart: MultipartService,
    readonly reader: ObjectReader,
    readonly buckets: Buckets,
    readonly admission: Admission,
  ) {}
}

/** The multipart set. */
@Injectable()
export class MultipartOperations {
  constructor(
    private readonly parts: UploadParts,
    private readonly authorizer: Authorizer,
    private readonly bodies: Bodies,
    private readonly clock: Clock,
  ) {}

  async begin({ exchange, access, operation }: CallOf<'CreateMultipartUpload'>): Promise<void> {
    const address = addressOf(operation.bucket, operation.key);
    const credential = this.authorizer.requireChange(access, address.jobId, 'write');
    await this.parts.admission.admit(credential, 0);
    const checksum = readMultipartChecksum(exchange.headers);
    const metadata = readObjectMetadata(exchange.headers);
    const upload = await this.parts.multipart.begin(credential, address.key, metadata, checksum);
    exchange.xml(200, initiateMultipartUploadXml(operation.bucket, operation.key, upload.uploadId), {
      ...(checksum && {
        'x-amz-checksum-algorithm': checksum.algorithm.toUpperCase(),
        'x-amz-checksum-type': checksum.type,
      }),
    });
  }

  async putPart({ exchange, access, operation }: CallOf<'UploadPart'>): Promise<void> {
    const address = addressOf(operation.bucket, operation.key);
    const credential = this.authorizer.requireChange(access, address.jobId, 'finish');
    const { objectBytesMax } = await this.parts.buckets.quota(credential.provider);
    const bytesMax = Math.min(objectBytesMax, PART_BYTES_MAX);
    const announced = this.bodies.announced(exchange, access, bytesMax);
    const upload = await this.parts.multipart.find(address, operation.uploadId);
    await this.parts.admission.admit(credential, announced.payload.decodedBytes ?? 0);
    const part = await this.parts.multipart.putPart({
      credential,
      upload,
      partNumber: operation.partNumber,
      body: this.bodies.incoming(exchange, access, announced, bytesMax),
      confirm: () => this.authorizer.confirm(access, 'finish'),
    });
    const { 'x-amz-checksum-type': _, ...headers } = checksumHeaders(part.checksum);
    exchange.empty(200, { ETag: `"${part.etag}"`, ...headers });
  }

  async copyPart({ exchange, access, operation }: CallOf<'UploadPartCopy'>): Promise<void> {
    const address = addressOf(operation.bucket, operation.key);
    const credential = this.authorizer.requireChange(access, address.jobId, 'finish');
    const from = addressOf(operation.source.bucket, operation.source.key);
    await this.authorizer.requireRead(access, from.jobId);
    const upload = await this.parts.multipart.find(address, operation.uploadId);
    const rangeOf = (object: StoredObject): ByteRange | undefined => {
      judgeCopyConditions(exchange.headers, object);
      return resolveCopyRange(operation.range, object.bytes);
    };
    // Before a byte of the source is asked for, and again of the version that is opened then.
    const expected = await this.parts.reader.find(from);
    const expectedRange = rangeOf(expected);
    await this.parts.admission.admit(credential, expectedRange ? lengthOf(expectedRange) : expected.bytes);
    const source = await this.parts.reader.open(from, rangeOf);
    try {
      const range = rangeOf(source.object);
      const part = await this.parts.multipart.putPart({
        credential,
        upload,
        partNumber: operation.partNumber,
        body: {
          pieces: source.blob.stream(range) as AsyncIterable<Buffer>,
          algorithms: ['md5', 'sha256'],
          verify: () => undefined,
        },
        confirm: () => this.authorizer.confirm(access, 'finish'),
      });
      exchange.xml(200, copyResultXml('part', { ...part, checksum: part.checksum ?? undefined }));
    } finally {
      await source.blob.close();
    }
  }

  async list({ exchange, access, operation }: CallOf<'ListParts'>): Promise<void> {
    const address = addressOf(operation.bucket, operation.key);
    await this.authorizer.requireRead(access, address.jobId);
    const upload = await this.parts.multipart.find(address, operation.uploadId);
    const { maxParts, partNumberMarker } = operation.parameters;
    const { uploadId, checksum } = upload;
    const found = await this.parts.multipart.uploads.parts(uploadId, partNumberMarker, maxParts + 1);
    const page = {
      parts: found.slice(0, maxParts).map((part) => ({ ...part, checksum: part.checksum ?? undefined })),
      truncated: found.length > maxParts,
      checksum: checksum ?? undefined,
    };
    exchange.xml(200, listPartsXml({ ...operation, uploadId }, operation.parameters, page, ownerOf(access)));
  }

  async complete({ exchange, access, operation }: CallOf<'CompleteMultipartUpload'>): Promise<void> {
    const address = addressOf(operation.bucket, operation.key);
    const credential = this.authorizer.requireChange(access, address.jobId, 'finish');
    const upload = await this.parts.multipart.find(address, operation.uploadId, true);
    const named = readCompleteMultipartUpload(await this.bodies.document(exchange, access));
    const { headers } = exchange;
    await answerSlowly(exchange, this.clock, async () => {
      const completed = await this.parts.multipart.complete({
        credential,
        upload,
        parts: named,
        objectBytes: operation.objectBytes,
        condition: writeCondition(headers),
        verify: ({ checksum }) => {
          if (checksum) verifyCombinedChecksum(headers, checksum);
        },
        confirm: () => this.authorizer.confirm(access, 'finish'),
      });
      return completedXml(operation, completed);
    });
  }

  async abort({ exchange, access, operation }: CallOf<'AbortMultipartUpload'>): Promise<void> {
    const address = addressOf(operation.bucket, operation.key);
    this.authorizer.requireChange(access, address.jobId, 'finish');
    const upload: MultipartUpload = await this.parts.multipart.find(address, operation.uploadId);
    await this.parts.multipart.abort(upload);
    exchange.empty(204);
  }
}

/** S3's largest part. */
const PART_BYTES_MAX = 5 * 1024 ** 3;

function lengthOf({ start, end }: ByteRange): number {
  return end - start + 1;
}

function completedXml({ bucket, key }: { bucket: string; key: string }, completed: CompletedObject): string {
  const location = `/${bucket}/${encodeUri(key, true)}`;
  return completeMultipartUploadXml({
    location,
    bucket,
    key,
    etag: completed.etag,
    checksum: completed.checksum ?? undefined,
  });
}
