import type { Checksum } from '../checksums/expected.js';
import type { MultipartChecksum } from '../checksums/multipart.js';
import type { ListObjectsParameters, ListPartsParameters, ListUploadsParameters } from '../object/list-parameters.js';
import { encodeUri } from '../uri.js';
import { checksumFields, isoTime, multipartChecksumFields, ownerFields, quote, type Owner } from './responses.js';
import { writeXml, type XmlFields } from './writer.js';

export interface ListedObject {
  readonly key: string;
  /** Without quotes. */
  readonly etag: string;
  readonly bytes: number;
  readonly lastModifiedMs: number;
  readonly checksum?: Pick<Checksum, 'algorithm' | 'type'>;
}

/** One page, as `listPage` makes it. */
export interface ListObjectsPage {
  readonly objects: readonly ListedObject[];
  readonly commonPrefixes: readonly string[];
  /** Present when there is more. */
  readonly nextToken?: string;
  /** What v1 answers as NextMarker: the last key or common prefix of the page. */
  readonly nextMarker?: string;
}

/** `ListBucketResult` of ListObjects (v1) and ListObjectsV2. `owner` is written for v1 and for `fetch-owner=true`. */
export function listObjectsXml(
  bucket: string,
  parameters: ListObjectsParameters,
  page: ListObjectsPage,
  owner: Owner,
): string {
  const text = keyText(parameters.encodeKeys);
  const v2 = parameters.version === 2;
  const position: XmlFields = v2
    ? [
        ['StartAfter', parameters.startAfter && text(parameters.startAfter)],
        ['ContinuationToken', parameters.continuationToken],
        ['NextContinuationToken', page.nextToken],
        ['KeyCount', page.objects.length + page.commonPrefixes.length],
      ]
    : [
        ['Marker', text(parameters.marker ?? '')],
        ['NextMarker', page.nextToken === undefined ? undefined : text(page.nextMarker ?? '')],
      ];
  return writeXml('ListBucketResult', [
    ['Name', bucket],
    ['Prefix', text(parameters.prefix)],
    ...position,
    ['MaxKeys', parameters.maxKeys],
    ['Delimiter', parameters.delimiter && text(parameters.delimiter)],
    ['EncodingType', parameters.encodeKeys ? 'url' : undefined],
    ['IsTruncated', page.nextToken !== undefined],
    ...page.objects.map(
      (object) => ['Contents', contents(object, text, parameters.fetchOwner ? owner : undefined)] as const,
    ),
    ...commonPrefixFields(page.commonPrefixes, text),
  ]);
}

export interface ListedUpload {
  readonly key: string;
  readonly uploadId: string;
  readonly initiatedMs: number;
  readonly checksum?: MultipartChecksum;
}

export interface ListUploadsPage {
  readonly uploads: readonly ListedUpload[];
  readonly commonPrefixes: readonly string[];
  /** Present when there is more. */
  readonly next?: { readonly keyMarker: string; readonly uploadIdMarker: string };
}

export function listMultipartUploadsXml(
  bucket: string,
  parameters: ListUploadsParameters,
  page: ListUploadsPage,
  owner: Owner,
): string {
  const text = keyText(parameters.encodeKeys);
  return writeXml('ListMultipartUploadsResult', [
    ['Bucket', bucket],
    ['KeyMarker', text(parameters.keyMarker)],
    ['UploadIdMarker', parameters.uploadIdMarker],
    ['NextKeyMarker', page.next && text(page.next.keyMarker)],
    ['NextUploadIdMarker', page.next?.uploadIdMarker],
    ['Prefix', text(parameters.prefix)],
    ['Delimiter', parameters.delimiter && text(parameters.delimiter)],
    ['MaxUploads', parameters.maxUploads],
    ['EncodingType', parameters.encodeKeys ? 'url' : undefined],
    ['IsTruncated', page.next !== undefined],
    ...page.uploads.map(
      (upload) =>
        [
          'Upload',
          [
            ['Key', text(upload.key)],
            ['UploadId', upload.uploadId],
            ['Initiator', ownerFields(owner)],
            ['Owner', ownerFields(owner)],
            ['StorageClass', 'STANDARD'],
            ['Initiated', isoTime(upload.initiatedMs)],
            ...multipartChecksumFields(upload.checksum),
          ],
        ] as const,
    ),
    ...commonPrefixFields(page.commonPrefixes, text),
  ]);
}

export interface ListedPart {
  readonly partNumber: number;
  readonly etag: string;
  readonly bytes: number;
  readonly lastModifiedMs: number;
  readonly checksum?: Checksum;
}

export interface ListPartsPage {
  readonly parts: readonly ListedPart[];
  readonly truncated: boolean;
  readonly checksum?: MultipartChecksum;
}

export function listPartsXml(
  upload: { readonly bucket: string; readonly key: string; readonly uploadId: string },
  parameters: ListPartsParameters,
  page: ListPartsPage,
  owner: Owner,
): string {
  const last = page.parts.at(-1)?.partNumber ?? parameters.partNumberMarker;
  return writeXml('ListPartsResult', [
    ['Bucket', upload.bucket],
    ['Key', keyText(parameters.encodeKeys)(upload.key)],
    ['UploadId', upload.uploadId],
    ['Initiator', ownerFields(owner)],
    ['Owner', ownerFields(owner)],
    ['StorageClass', 'STANDARD'],
    ['PartNumberMarker', parameters.partNumberMarker],
    ['NextPartNumberMarker', last],
    ['MaxParts', parameters.maxParts],
    ['EncodingType', parameters.encodeKeys ? 'url' : undefined],
    ['IsTruncated', page.truncated],
    ...multipartChecksumFields(page.checksum),
    ...page.parts.map(
      (part) =>
        [
          'Part',
          [
            ['PartNumber', part.partNumber],
            ['LastModified', isoTime(part.lastModifiedMs)],
            ['ETag', quote(part.etag)],
            ['Size', part.bytes],
            ...checksumFields(part.checksum).filter(([name]) => name !== 'ChecksumType'),
          ],
        ] as const,
    ),
  ]);
}

type KeyText = (key: string) => string;

/** `encoding-type=url` as S3 does it: `/` stays readable. */
function keyText(encodeKeys: boolean): KeyText {
  return encodeKeys ? (key) => encodeUri(key, true) : (key) => key;
}

function contents(object: ListedObject, text: KeyText, owner: Owner | undefined): XmlFields {
  return [
    ['Key', text(object.key)],
    ['LastModified', isoTime(object.lastModifiedMs)],
    ['ETag', quote(object.etag)],
    ['Size', object.bytes],
    ['ChecksumAlgorithm', object.checksum?.algorithm.toUpperCase()],
    ['ChecksumType', object.checksum?.type],
    ['Owner', owner && ownerFields(owner)],
    ['StorageClass', 'STANDARD'],
  ];
}

function commonPrefixFields(prefixes: readonly string[], text: KeyText): XmlFields {
  return prefixes.map((prefix) => ['CommonPrefixes', [['Prefix', text(prefix)]]] as const);
}
