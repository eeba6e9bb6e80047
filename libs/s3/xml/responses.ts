import { encodeCursor } from '../../ids/index.js';
import type { Checksum } from '../checksums/expected.js';
import type { MultipartChecksum } from '../checksums/multipart.js';
import type { S3Error, S3ErrorCode } from '../errors.js';
import type { ListBucketsParameters } from '../object/list-parameters.js';
import { writeXml, type XmlFields } from './writer.js';

/** Names the user to S3 clients; some print it in listings. */
export interface Owner {
  readonly id: string;
  readonly displayName: string;
}

export function errorXml(error: S3Error, resource: string, requestId: string): string {
  return writeXml('Error', [
    ['Code', error.code],
    ['Message', error.message],
    ...Object.entries(error.extra),
    ['Resource', resource],
    ['RequestId', requestId],
  ]);
}

export interface ListBucketsPage {
  readonly buckets: readonly { readonly name: string; readonly createdMs: number }[];
  readonly truncated: boolean;
}

export function listAllMyBucketsXml(owner: Owner, parameters: ListBucketsParameters, page: ListBucketsPage): string {
  const entries = page.buckets.map(({ name, createdMs }) => {
    const fields: XmlFields = [
      ['Name', name],
      ['CreationDate', isoTime(createdMs)],
    ];
    return ['Bucket', fields] as const;
  });
  const last = page.truncated ? page.buckets.at(-1)?.name : undefined;
  return writeXml('ListAllMyBucketsResult', [
    ['Owner', ownerFields(owner)],
    ['Buckets', entries],
    ['Prefix', parameters.prefix || undefined],
    ['ContinuationToken', last === undefined ? undefined : encodeCursor([last])],
  ]);
}

/** `region` is what the client signs with; S3 writes us-east-1 as an empty element. */
export function locationXml(region: string): string {
  return writeXml('LocationConstraint', region === 'us-east-1' ? '' : region);
}

export function initiateMultipartUploadXml(bucket: string, key: string, uploadId: string): string {
  return writeXml('InitiateMultipartUploadResult', [
    ['Bucket', bucket],
    ['Key', key],
    ['UploadId', uploadId],
  ]);
}

export interface CompletedUpload {
  readonly location: string;
  readonly bucket: string;
  readonly key: string;
  /** Without quotes. */
  readonly etag: string;
  readonly checksum?: Checksum;
}

export function completeMultipartUploadXml(upload: CompletedUpload): string {
  return writeXml('CompleteMultipartUploadResult', [
    ['Location', upload.location],
    ['Bucket', upload.bucket],
    ['Key', upload.key],
    ['ETag', quote(upload.etag)],
    ...checksumFields(upload.checksum),
  ]);
}

/** Answer of CopyObject (`object`) and UploadPartCopy (`part`). */
export function copyResultXml(
  what: 'object' | 'part',
  copy: { etag: string; lastModifiedMs: number; checksum?: Checksum },
): string {
  return writeXml(what === 'object' ? 'CopyObjectResult' : 'CopyPartResult', [
    ['LastModified', isoTime(copy.lastModifiedMs)],
    ['ETag', quote(copy.etag)],
    ...checksumFields(copy.checksum),
  ]);
}

export interface DeleteOutcome {
  readonly key: string;
  /** Absent when the key is gone, whether or not it existed. */
  readonly error?: { readonly code: S3ErrorCode; readonly message: string };
}

export function deleteResultXml(outcomes: readonly DeleteOutcome[], quiet: boolean): string {
  const told = outcomes.filter((outcome) => !quiet || outcome.error);
  return writeXml(
    'DeleteResult',
    told.map(({ key, error }) =>
      error
        ? ([
            'Error',
            [
              ['Key', key],
              ['Code', error.code],
              ['Message', error.message],
            ],
          ] as const)
        : (['Deleted', [['Key', key]]] as const),
    ),
  );
}

/** RFC 3339 with milliseconds, as S3 dates its documents. */
export function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

export function quote(etag: string): string {
  return `"${etag}"`;
}

export function ownerFields(owner: Owner): XmlFields {
  return [
    ['ID', owner.id],
    ['DisplayName', owner.displayName],
  ];
}

export function checksumFields(checksum: Checksum | undefined): XmlFields {
  if (!checksum) return [];
  return [
    [`Checksum${checksum.algorithm.toUpperCase()}`, checksum.value],
    ['ChecksumType', checksum.type],
  ];
}

export function multipartChecksumFields(checksum: MultipartChecksum | undefined): XmlFields {
  if (!checksum) return [];
  return [
    ['ChecksumAlgorithm', checksum.algorithm.toUpperCase()],
    ['ChecksumType', checksum.type],
  ];
}
