import { Injectable } from '@nestjs/common';
import { pipeline } from 'node:stream/promises';
import {
  checksumAlgorithms,
  contentRange,
  copyResultXml,
  deleteResultXml,
  checkKey,
  hasWriteConditions,
  judgeCopyConditions,
  judgeReadConditions,
  judgeWriteConditions,
  readDeleteObjects,
  readObjectMetadata,
  resolveRange,
  S3Error,
  type ByteRange,
  type ChecksumAlgorithm,
  type DeleteOutcome,
  type HeaderMap,
  type ObjectVersion,
} from '#libs/s3';
import { Buckets } from '../buckets.js';
import { NO_BYTES } from '../byte-store.js';
import { ObjectService } from '../object.service.js';
import type { StoredObject } from '../object.js';
import { noSuchKey, type OpenObject } from '../object-reader.js';
import { storageLimits } from '../storage.limits.js';
import { addressOf, shownKey } from './addresses.js';
import { Admission } from './admission.js';
import { Authorizer } from './authorizer.js';
import { Bodies } from './bodies.js';
import type { CallOf } from './call.js';
import type { Exchange } from './exchange.js';
import { checksumHeaders, objectHeaders } from './object-headers.js';

/** Operations on single objects, and DeleteObjects. */
@Injectable()
export class ObjectOperations {
  constructor(
    private readonly objects: ObjectService,
    private readonly buckets: Buckets,
    private readonly authorizer: Authorizer,
    private readonly bodies: Bodies,
    private readonly admission: Admission,
  ) {}

  async put({ exchange, access, operation }: CallOf<'PutObject'>): Promise<void> {
    const address = addressOf(operation.bucket, operation.key);
    const credential = this.authorizer.requireChange(access, address.jobId, 'write');
    const { objectBytesMax } = await this.buckets.quota(credential.provider);
    const announced = this.bodies.announced(exchange, access, objectBytesMax);
    const condition = writeCondition(exchange.headers);
    if (condition) condition(await this.objects.reader.current(address));
    await this.admission.admit(credential, announced.payload.decodedBytes ?? 0);
    const object = await this.objects.put({
      credential,
      key: address.key,
      metadata: readObjectMetadata(exchange.headers),
      body: this.bodies.incoming(exchange, access, announced, objectBytesMax),
      condition,
      confirm: () => this.authorizer.confirm(access, 'write'),
    });
    const headers = { ETag: `"${object.etag}"`, ...checksumHeaders(object.checksum) };
    if (access.kind === 'job' && access.form === 'secret') {
      const body = { ETag: headers.ETag, Key: shownKey(operation.bucket, object), Bucket: operation.bucket };
      exchange.json(200, body, headers);
    } else {
      exchange.empty(200, headers);
    }
  }

  async get({ exchange, access, operation }: CallOf<'GetObject'>): Promise<void> {
    const address = addressOf(operation.bucket, operation.key);
    await this.authorizer.requireRead(access, address.jobId);
    const opened = await this.objects.reader.open(address, (object) => wantedOf(exchange.headers, object));
    try {
      const { object } = opened;
      const described = this.describe(exchange, access, object, operation.overrides);
      if (described.status === 304) exchange.empty(304, described.headers);
      else {
        exchange.head(described.status, described.headers);
        await send(exchange, opened, described.range);
      }
    } finally {
      await opened.blob.close();
    }
  }

  async head({ exchange, access, operation }: CallOf<'HeadObject'>): Promise<void> {
    const address = addressOf(operation.bucket, operation.key);
    await this.authorizer.requireRead(access, address.jobId);
    const object = await this.objects.reader.find(address);
    const { status, headers } = this.describe(exchange, access, object, operation.overrides);
    exchange.head(status, headers);
    exchange.response.end();
  }

  async remove({ exchange, access, operation }: CallOf<'DeleteObject'>): Promise<void> {
    const address = addressOf(operation.bucket, operation.key);
    this.authorizer.requireChange(access, address.jobId, 'write');
    await this.objects.remove(address.jobId, [address.key]);
    exchange.empty(204);
  }

  async removeMany({ exchange, access, operation }: CallOf<'DeleteObjects'>): Promise<void> {
    const { keys, quiet } = readDeleteObjects(await this.bodies.document(exchange, access));
    const outcomes: DeleteOutcome[] = [];
    const wanted = new Map<string, string[]>();
    for (const key of keys) {
      try {
        const address = addressOf(operation.bucket, checkKey(key));
        this.authorizer.requireChange(access, address.jobId, 'write');
        wanted.set(address.jobId, [...(wanted.get(address.jobId) ?? []), address.key]);
        outcomes.push({ key });
      } catch (error) {
        if (!(error instanceof S3Error)) throw error;
        outcomes.push({ key, error });
      }
    }
    for (const [jobId, ofJob] of wanted) await this.objects.remove(jobId, ofJob);
    exchange.xml(200, deleteResultXml(outcomes, quiet));
  }

  async copy({ exchange, access, operation }: CallOf<'CopyObject'>): Promise<void> {
    const address = addressOf(operation.bucket, operation.key);
    const credential = this.authorizer.requireChange(access, address.jobId, 'write');
    const from = addressOf(operation.source.bucket, operation.source.key);
    await this.authorizer.requireRead(access, from.jobId);
    const replaces = operation.metadataDirective === 'REPLACE';
    if (!replaces && from.jobId === address.jobId && from.key === address.key) {
      throw new S3Error(
        'InvalidRequest',
        'This copy request is illegal because it copies an object to itself without changing it.',
      );
    }
    const condition = writeCondition(exchange.headers);
    const judge = (object: StoredObject): undefined => {
      judgeCopyConditions(exchange.headers, object);
    };
    // Before a byte of the source is asked for, and again of the version that is opened then.
    const expected = await this.objects.reader.find(from);
    judge(expected);
    if (condition) condition(await this.objects.reader.current(address));
    await this.admission.admit(credential, expected.bytes);
    const source = await this.objects.reader.open(from, judge);
    try {
      const object = await this.objects.copy({
        credential,
        key: address.key,
        source,
        metadata: replaces ? readObjectMetadata(exchange.headers) : undefined,
        algorithm: checksumAlgorithmOf(exchange.headers),
        condition,
        confirm: () => this.authorizer.confirm(access, 'write'),
      });
      exchange.xml(200, copyResultXml('object', { ...object, checksum: object.checksum ?? undefined }));
    } finally {
      await source.blob.close();
    }
  }

  private describe(
    { headers: asked }: Exchange,
    access: CallOf<'GetObject'>['access'],
    object: OpenObject['object'],
    overrides: Readonly<Record<string, string>>,
  ): { status: number; headers: Record<string, string | number>; range: ByteRange | undefined } {
    const range = wantedOf(asked, object);
    const isUnmodified = range === NO_BYTES;
    const headers = objectHeaders(object, overrides, { headers: asked, access, isWhole: !range || isUnmodified });
    if (isUnmodified) return { status: 304, headers, range: undefined };
    headers['Content-Length'] = range ? range.end - range.start + 1 : object.bytes;
    if (range) headers['Content-Range'] = contentRange(range, object.bytes);
    return { status: range ? 206 : 200, headers, range };
  }
}

/** The conditions of a write as a judge of what is there; undefined when there are none. */
export function writeCondition(headers: HeaderMap): ((current: ObjectVersion | undefined) => void) | undefined {
  if (!hasWriteConditions(headers)) return undefined;
  return (current) => judgeWriteConditions(headers, current);
}

/**
 * The range that a request wants; undefined: the whole, `NO_BYTES`: the client has it already.
 * @throws S3Error PreconditionFailed, InvalidRange.
 */
function wantedOf(asked: HeaderMap, object: ObjectVersion & { readonly bytes: number }): ByteRange | undefined {
  if (judgeReadConditions(asked, object) !== 'proceed') return NO_BYTES;
  return isRangeWanted(asked, object) ? resolveRange(asked.single('range'), object.bytes) : undefined;
}

/** If-Range (RFC 9110 §13.1.5): when the object is another one by now, the whole of it is wanted. */
function isRangeWanted(headers: HeaderMap, object: ObjectVersion): boolean {
  const validator = headers.single('if-range');
  if (validator === undefined) return true;
  if (validator.startsWith('"')) return validator === `"${object.etag}"`;
  return Date.parse(validator) === Math.floor(object.lastModifiedMs / 1000) * 1000;
}

function checksumAlgorithmOf(headers: HeaderMap): ChecksumAlgorithm | undefined {
  const name = headers.single('x-amz-checksum-algorithm')?.toLowerCase();
  return checksumAlgorithms.find((algorithm) => algorithm === name);
}

/** Small objects in one piece, large ones as fast as the client takes them. */
async function send({ response }: Exchange, { object, blob }: OpenObject, range: ByteRange | undefined): Promise<void> {
  const { start, end } = range ?? { start: 0, end: object.bytes - 1 };
  const length = end - start + 1;
  if (length <= storageLimits.singleReadBytesMax) {
    const buffer = Buffer.allocUnsafe(Math.max(length, 0));
    if ((await blob.read(buffer, start)) < buffer.length) throw noSuchKey(object.key);
    response.end(buffer);
    return;
  }
  await pipeline(blob.stream({ start, end }), response);
}
