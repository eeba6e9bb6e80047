import { describe, expect, it } from 'vitest';
import { S3Error } from '../errors.js';
import { readListObjectsParameters } from '../object/list-parameters.js';
import { listMultipartUploadsXml, listObjectsXml, listPartsXml } from './listings.js';
import { readXml, type XmlElement } from './reader.js';
import {
  completeMultipartUploadXml,
  copyResultXml,
  deleteResultXml,
  errorXml,
  initiateMultipartUploadXml,
  listAllMyBucketsXml,
  locationXml,
} from './responses.js';

describe('response documents', () => {
  const owner = { id: 'me', displayName: 'me' };
  const at = Date.UTC(2026, 10, 23);
  const shape = (element: XmlElement): unknown =>
    element.children.length === 0 ? element.text : element.children.map((child) => [child.name, shape(child)]);
  const read = (document: string): unknown => shape(readXml(Buffer.from(document)));

  it('Error carries no namespace, but what happened', () => {
    const document = errorXml(new S3Error('RequestTimeTooSkewed', 'a < b', { ServerTime: 'now' }), '/b/k&', 'r1');
    expect(document).toContain('<Error><Code>');
    expect(read(document)).toEqual([
      ['Code', 'RequestTimeTooSkewed'],
      ['Message', 'a < b'],
      ['ServerTime', 'now'],
      ['Resource', '/b/k&'],
      ['RequestId', 'r1'],
    ]);
  });

  it('ListBucketResult v2 with encoded keys', () => {
    const query = new Map([
      ['list-type', '2'],
      ['prefix', 'a b/'],
      ['delimiter', '/'],
      ['encoding-type', 'url'],
      ['max-keys', '2'],
    ]);
    const page = {
      objects: [{ key: 'a b/+', etag: 'e', bytes: 3, lastModifiedMs: at }],
      commonPrefixes: ['a b/é/'],
      nextToken: 't',
    };
    const document = listObjectsXml('job', readListObjectsParameters(query), page, owner);
    expect(document).toContain('<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">');
    expect(read(document)).toEqual([
      ['Name', 'job'],
      ['Prefix', 'a%20b/'],
      ['NextContinuationToken', 't'],
      ['KeyCount', '2'],
      ['MaxKeys', '2'],
      ['Delimiter', '/'],
      ['EncodingType', 'url'],
      ['IsTruncated', 'true'],
      [
        'Contents',
        [
          ['Key', 'a%20b/%2B'],
          ['LastModified', '2026-11-23T00:00:00.000Z'],
          ['ETag', '"e"'],
          ['Size', '3'],
          ['StorageClass', 'STANDARD'],
        ],
      ],
      ['CommonPrefixes', [['Prefix', 'a%20b/%C3%A9/']]],
    ]);
  });

  it('ListBucketResult v1 with markers', () => {
    const page = { objects: [], commonPrefixes: ['a/'], nextToken: 't', nextMarker: 'a/' };
    const document = listObjectsXml('job', readListObjectsParameters(new Map([['marker', 'Z']])), page, owner);
    expect(document).toContain('<Marker>Z</Marker><NextMarker>a/</NextMarker>');
    expect(document).not.toContain('KeyCount');
  });

  it('multipart documents', () => {
    expect(read(initiateMultipartUploadXml('b', 'k', 'u'))).toEqual([
      ['Bucket', 'b'],
      ['Key', 'k'],
      ['UploadId', 'u'],
    ]);
    const checksum = { algorithm: 'crc32', type: 'COMPOSITE', value: 'x-2' } as const;
    expect(read(completeMultipartUploadXml({ location: 'l', bucket: 'b', key: 'k', etag: 'e-2', checksum }))).toEqual([
      ['Location', 'l'],
      ['Bucket', 'b'],
      ['Key', 'k'],
      ['ETag', '"e-2"'],
      ['ChecksumCRC32', 'x-2'],
      ['ChecksumType', 'COMPOSITE'],
    ]);
    const parts = [
      {
        partNumber: 4,
        etag: 'e',
        bytes: 9,
        lastModifiedMs: at,
        checksum: { ...checksum, type: 'FULL_OBJECT' as const },
      },
    ];
    const upload = { bucket: 'b', key: 'k', uploadId: 'u' };
    const list = listPartsXml(
      upload,
      { partNumberMarker: 3, maxParts: 1, encodeKeys: false },
      { parts, truncated: true },
      owner,
    );
    expect(list).toContain('<PartNumberMarker>3</PartNumberMarker><NextPartNumberMarker>4</NextPartNumberMarker>');
    expect(list).toContain('<Size>9</Size><ChecksumCRC32>x-2</ChecksumCRC32></Part>');
    const parameters = { prefix: '', keyMarker: '', uploadIdMarker: '', maxUploads: 1, encodeKeys: true };
    const uploads = {
      uploads: [{ key: 'a b', uploadId: 'u', initiatedMs: at }],
      commonPrefixes: [],
      next: { keyMarker: 'a b', uploadIdMarker: 'u' },
    };
    const listed = listMultipartUploadsXml('b', parameters, uploads, owner);
    expect(listed).toContain('<NextKeyMarker>a%20b</NextKeyMarker><NextUploadIdMarker>u</NextUploadIdMarker>');
    expect(listed).toContain('<Upload><Key>a%20b</Key><UploadId>u</UploadId>');
  });

  it('the others', () => {
    expect(read(copyResultXml('part', { etag: 'e', lastModifiedMs: at }))).toEqual([
      ['LastModified', '2026-11-23T00:00:00.000Z'],
      ['ETag', '"e"'],
    ]);
    expect(copyResultXml('object', { etag: 'e', lastModifiedMs: at })).toContain('<CopyObjectResult');
    const outcomes = [{ key: 'a' }, { key: 'b', error: { code: 'AccessDenied', message: 'no' } as const }];
    expect(read(deleteResultXml(outcomes, false))).toEqual([
      ['Deleted', [['Key', 'a']]],
      [
        'Error',
        [
          ['Key', 'b'],
          ['Code', 'AccessDenied'],
          ['Message', 'no'],
        ],
      ],
    ]);
    expect(deleteResultXml(outcomes, true)).not.toContain('Deleted');
    expect(locationXml('us-east-1')).toContain('"></LocationConstraint>');
    const buckets = { buckets: [{ name: 'job', createdMs: at }], truncated: true };
    const listed = listAllMyBucketsXml(owner, { prefix: '', maxBuckets: 1 }, buckets);
    expect(listed).toContain('<Bucket><Name>job</Name><CreationDate>2026-11-23T00:00:00.000Z</CreationDate></Bucket>');
    expect(listed).toMatch(/<ContinuationToken>[\w-]+<\/ContinuationToken>/);
    expect(listAllMyBucketsXml(owner, { prefix: '', maxBuckets: 1 }, { buckets: [], truncated: false })).toContain(
      '<Buckets></Buckets>',
    );
  });
});
