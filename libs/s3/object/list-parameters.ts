import { decodeCursor } from '../../ids/index.js';
import { S3Error } from '../errors.js';

/** S3's page size; a larger wish is cut down to it. */
const pageEntriesMax = 1_000;

/** S3's limit on `max-buckets`. */
const bucketsMax = 10_000;

export interface ListObjectsParameters {
  readonly version: 1 | 2;
  readonly prefix: string;
  /** Undefined when absent or empty. */
  readonly delimiter?: string;
  readonly maxKeys: number;
  /** v1: keys after this one. */
  readonly marker?: string;
  /** v2: keys after this one, unless a continuation token is given. */
  readonly startAfter?: string;
  /** v2: opaque, from `listPage`. */
  readonly continuationToken?: string;
  /** Keys in the answer are percent-encoded (`encoding-type=url`). */
  readonly encodeKeys: boolean;
  readonly fetchOwner: boolean;
}

export interface ListUploadsParameters {
  readonly prefix: string;
  readonly delimiter?: string;
  readonly keyMarker: string;
  readonly uploadIdMarker: string;
  readonly maxUploads: number;
  readonly encodeKeys: boolean;
}

export interface ListPartsParameters {
  readonly partNumberMarker: number;
  readonly maxParts: number;
  readonly encodeKeys: boolean;
}

export interface ListBucketsParameters {
  readonly prefix: string;
  readonly maxBuckets: number;
  /** Names after this one; from `listAllMyBucketsXml`'s token. */
  readonly after?: string;
}

type Query = ReadonlyMap<string, string>;

/** Throws InvalidArgument for a wrong `max-buckets` or a continuation token that is not ours. */
export function readListBucketsParameters(query: Query): ListBucketsParameters {
  const token = query.get('continuation-token');
  const [after] = token === undefined ? [] : (decodeCursor(token, ['string']) ?? [undefined]);
  if (token !== undefined && (after === undefined || after.includes('\0'))) throw invalid('continuation-token', token);
  return { prefix: text(query, 'prefix') ?? '', maxBuckets: wholeNumber(query, 'max-buckets') ?? bucketsMax, after };
}

/** Throws InvalidArgument for a wrong `list-type`, `max-keys` or `encoding-type`. */
export function readListObjectsParameters(query: Query): ListObjectsParameters {
  const listType = query.get('list-type');
  if (listType !== undefined && listType !== '2') throw invalid('list-type', listType);
  const version = listType === '2' ? 2 : 1;
  const continuationToken = query.get('continuation-token');
  if (continuationToken === '') throw invalid('continuation-token', '');
  return {
    version,
    prefix: text(query, 'prefix') ?? '',
    delimiter: text(query, 'delimiter') || undefined,
    maxKeys: pageSize(query, 'max-keys'),
    marker: version === 1 ? text(query, 'marker') : undefined,
    startAfter: version === 2 ? text(query, 'start-after') : undefined,
    continuationToken: version === 2 ? continuationToken : undefined,
    encodeKeys: encodeKeys(query),
    fetchOwner: version === 1 || query.get('fetch-owner') === 'true',
  };
}

/** Throws InvalidArgument for a wrong `max-uploads` or `encoding-type`. */
export function readListUploadsParameters(query: Query): ListUploadsParameters {
  return {
    prefix: text(query, 'prefix') ?? '',
    delimiter: text(query, 'delimiter') || undefined,
    keyMarker: text(query, 'key-marker') ?? '',
    uploadIdMarker: text(query, 'upload-id-marker') ?? '',
    maxUploads: pageSize(query, 'max-uploads'),
    encodeKeys: encodeKeys(query),
  };
}

/** Throws InvalidArgument for a wrong `max-parts`, `part-number-marker` or `encoding-type`. */
export function readListPartsParameters(query: Query): ListPartsParameters {
  return {
    partNumberMarker: wholeNumber(query, 'part-number-marker') ?? 0,
    maxParts: pageSize(query, 'max-parts'),
    encodeKeys: encodeKeys(query),
  };
}

/** No key holds a NUL, and some databases refuse to compare with one. */
function text(query: Query, name: string): string | undefined {
  const value = query.get(name);
  if (value?.includes('\0')) throw invalid(name, '');
  return value;
}

function pageSize(query: Query, name: string): number {
  return Math.min(wholeNumber(query, name) ?? pageEntriesMax, pageEntriesMax);
}

function wholeNumber(query: Query, name: string): number | undefined {
  const text = query.get(name);
  if (text === undefined || text === '') return undefined;
  if (!/^\d{1,10}$/.test(text) || Number(text) > 0x7fffffff) throw invalid(name, text);
  return Number(text);
}

function encodeKeys(query: Query): boolean {
  const type = query.get('encoding-type');
  if (type === undefined || type === '') return false;
  if (type.toLowerCase() !== 'url') throw invalid('encoding-type', type);
  return true;
}

function invalid(name: string, value: string): S3Error {
  const extra = { ArgumentName: name, ArgumentValue: value.slice(0, 128) };
  return new S3Error('InvalidArgument', `The argument ${name} is not valid.`, extra);
}
