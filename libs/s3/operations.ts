import { S3Error } from './errors.js';
import {
  readListBucketsParameters,
  readListObjectsParameters,
  readListPartsParameters,
  readListUploadsParameters,
  type ListBucketsParameters,
  type ListObjectsParameters,
  type ListPartsParameters,
  type ListUploadsParameters,
} from './object/list-parameters.js';
import { parseCopySource, type Target } from './object/names.js';
import { readMetadataDirective, readResponseOverrides, responseOverrides } from './object/metadata.js';
import { readByteCount } from './payload/payload.js';
import type { HeaderMap } from './request.js';
import { parsePartNumber } from './xml/requests.js';

interface InBucket {
  readonly bucket: string;
}
interface OnObject extends InBucket {
  readonly key: string;
}
interface OnUpload extends OnObject {
  readonly uploadId: string;
}
interface FromSource {
  readonly source: { readonly bucket: string; readonly key: string };
}

/** Everything this server does for S3 clients; `name` is S3's own. */
export type S3Operation =
  | { readonly name: 'ListBuckets'; readonly parameters: ListBucketsParameters }
  | ({ readonly name: 'HeadBucket' | 'CreateBucket' | 'GetBucketLocation' | 'DeleteObjects' } & InBucket)
  | ({ readonly name: 'ListObjects'; readonly parameters: ListObjectsParameters } & InBucket)
  | ({ readonly name: 'ListMultipartUploads'; readonly parameters: ListUploadsParameters } & InBucket)
  | ({ readonly name: 'GetObject' | 'HeadObject'; readonly overrides: Readonly<Record<string, string>> } & OnObject)
  | ({ readonly name: 'PutObject' | 'DeleteObject' | 'CreateMultipartUpload' } & OnObject)
  | ({ readonly name: 'CopyObject'; readonly metadataDirective: 'COPY' | 'REPLACE' } & OnObject & FromSource)
  | ({ readonly name: 'UploadPart'; readonly partNumber: number } & OnUpload)
  | ({ readonly name: 'UploadPartCopy'; readonly partNumber: number; readonly range?: string } & OnUpload & FromSource)
  | ({ readonly name: 'ListParts'; readonly parameters: ListPartsParameters } & OnUpload)
  /** `objectBytes`: the size the client expects of the whole (`x-amz-mp-object-size`). */
  | ({ readonly name: 'CompleteMultipartUpload'; readonly objectBytes?: number } & OnUpload)
  | ({ readonly name: 'AbortMultipartUpload' } & OnUpload);

type Query = ReadonlyMap<string, string>;

/** Parameters that say nothing about the operation: signatures, and what SDKs add for their own statistics. */
const harmless = new Set([
  'x-id',
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-signedheaders',
  'x-amz-signature',
  'x-amz-security-token',
  'x-amz-content-sha256',
  'x-amz-user-agent',
  'x-amz-checksum-mode',
  'x-amz-sdk-checksum-algorithm',
]);

/** Wishes that would be silently unfulfilled if the header were ignored. */
const unsupportedHeaders = [
  /^x-amz-server-side-encryption/,
  /^x-amz-copy-source-server-side-encryption/,
  /^x-amz-object-lock-/,
  /^x-amz-grant-/,
  /^x-amz-tagging$/,
  /^x-amz-website-redirect-location$/,
  /^x-amz-write-offset-bytes$/,
];

const listV1 = ['prefix', 'delimiter', 'max-keys', 'encoding-type', 'marker', 'list-type'];
const listV2 = [...listV1, 'start-after', 'continuation-token', 'fetch-owner'];

/**
 * Decides what a request asks for. Pure. A parameter that an operation does not know is NotImplemented, so `DELETE ?acl`
 * or `PUT ?restore` can never be taken for a delete or an overwrite of the object. Bad values are InvalidArgument.
 * `query` comes from `parseQuery`, `target` from `parseTarget`.
 */
export function parseOperation(method: string, target: Target, query: Query, headers: HeaderMap): S3Operation {
  for (const name of headers.names()) {
    if (unsupportedHeaders.some((pattern) => pattern.test(name))) throw notImplemented(name);
  }
  const asked = new Parameters(query);
  if (target.bucket === undefined) return serviceOperation(method, asked);
  if (target.key === undefined) return bucketOperation(method, { bucket: target.bucket }, asked, headers);
  const object = { bucket: target.bucket, key: target.key };
  return asked.has('uploadId')
    ? uploadOperation(method, { ...object, uploadId: asked.get('uploadId') }, asked, headers)
    : objectOperation(method, object, asked, headers);
}

function serviceOperation(method: string, asked: Parameters): S3Operation {
  if (method === 'GET' && asked.only('prefix', 'max-buckets', 'continuation-token')) {
    return { name: 'ListBuckets', parameters: readListBucketsParameters(asked.query) };
  }
  throw notImplemented(method);
}

function bucketOperation(method: string, bucket: InBucket, asked: Parameters, headers: HeaderMap): S3Operation {
  if (method === 'HEAD' && asked.only()) return { name: 'HeadBucket', ...bucket };
  if (method === 'PUT' && asked.only() && !headers.has('x-amz-copy-source')) return { name: 'CreateBucket', ...bucket };
  if (method === 'POST' && asked.flag('delete')) return { name: 'DeleteObjects', ...bucket };
  if (method !== 'GET') throw notImplemented(method);
  if (asked.flag('location')) return { name: 'GetBucketLocation', ...bucket };
  if (asked.has('uploads')) {
    const known = ['uploads', 'prefix', 'delimiter', 'key-marker', 'upload-id-marker', 'max-uploads', 'encoding-type'];
    if (!asked.only(...known) || asked.get('uploads') !== '') throw notImplemented('uploads');
    return { name: 'ListMultipartUploads', ...bucket, parameters: readListUploadsParameters(asked.query) };
  }
  if (!asked.only(...(asked.has('list-type') ? listV2 : listV1))) throw notImplemented('this sub-resource');
  return { name: 'ListObjects', ...bucket, parameters: readListObjectsParameters(asked.query) };
}

function objectOperation(method: string, object: OnObject, asked: Parameters, headers: HeaderMap): S3Operation {
  if (method === 'POST' && asked.flag('uploads')) return { name: 'CreateMultipartUpload', ...object };
  if (method === 'GET' || method === 'HEAD') {
    if (!asked.only(...responseOverrides.keys())) throw notImplemented('this sub-resource');
    const overrides = readResponseOverrides(asked.query);
    return { name: method === 'GET' ? 'GetObject' : 'HeadObject', ...object, overrides };
  }
  if (!asked.only()) throw notImplemented('this sub-resource');
  if (method === 'DELETE') return { name: 'DeleteObject', ...object };
  if (method !== 'PUT') throw notImplemented(method);
  const source = headers.single('x-amz-copy-source');
  if (source === undefined) return { name: 'PutObject', ...object };
  const metadataDirective = readMetadataDirective(headers);
  return { name: 'CopyObject', ...object, source: parseCopySource(source), metadataDirective };
}

function uploadOperation(method: string, upload: OnUpload, asked: Parameters, headers: HeaderMap): S3Operation {
  if (method === 'GET' && asked.only('uploadId', 'max-parts', 'part-number-marker', 'encoding-type')) {
    return { name: 'ListParts', ...upload, parameters: readListPartsParameters(asked.query) };
  }
  if (method === 'PUT' && asked.has('partNumber') && asked.only('uploadId', 'partNumber')) {
    const partNumber = parsePartNumber(asked.get('partNumber'));
    const source = headers.single('x-amz-copy-source');
    if (source === undefined) return { name: 'UploadPart', ...upload, partNumber };
    const range = headers.single('x-amz-copy-source-range');
    return { name: 'UploadPartCopy', ...upload, partNumber, source: parseCopySource(source), range };
  }
  if (!asked.only('uploadId')) throw notImplemented('this sub-resource');
  if (method === 'POST') {
    const objectBytes = readByteCount(headers, 'x-amz-mp-object-size');
    return { name: 'CompleteMultipartUpload', ...upload, objectBytes };
  }
  if (method === 'DELETE') return { name: 'AbortMultipartUpload', ...upload };
  throw notImplemented(method);
}

/** The query without what is harmless. */
class Parameters {
  private readonly names: readonly string[];

  constructor(readonly query: Query) {
    this.names = [...query.keys()].filter((name) => !harmless.has(name.toLowerCase()));
  }

  has(name: string): boolean {
    return this.query.has(name);
  }

  get(name: string): string {
    return this.query.get(name) ?? '';
  }

  /** Whether nothing else is asked for. */
  only(...known: string[]): boolean {
    return this.names.every((name) => known.includes(name));
  }

  /** Whether the request is for exactly this sub-resource, which takes no value. */
  flag(name: string): boolean {
    return this.has(name) && this.get(name) === '' && this.only(name);
  }
}

function notImplemented(what: string): S3Error {
  return new S3Error(
    'NotImplemented',
    `A header, method or query you provided implies functionality that is not implemented: ${what}.`,
  );
}
