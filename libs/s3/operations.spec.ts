import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { S3Error } from './errors.js';
import { parseOperation, type S3Operation } from './operations.js';
import { HeaderMap, splitTarget } from './request.js';
import { parseTarget } from './object/names.js';
import { parseQuery } from './uri.js';

function operation(method: string, target: string, headers: Record<string, string> = {}): S3Operation {
  const { rawPath, rawQuery } = splitTarget(target);
  return parseOperation(method, parseTarget(rawPath), parseQuery(rawQuery), HeaderMap.of(headers));
}

function name(method: string, target: string, headers?: Record<string, string>): string {
  try {
    return operation(method, target, headers).name;
  } catch (error) {
    if (error instanceof S3Error) return error.code;
    throw error;
  }
}

const copy = { 'x-amz-copy-source': '/job/source' };

describe('parseOperation', () => {
  it.each([
    ['GET', '/', 'ListBuckets'],
    ['GET', '', 'ListBuckets'],
    ['GET', '/?x-id=ListBuckets', 'ListBuckets'],
    ['GET', '/?max-buckets=100', 'ListBuckets'],
    ['HEAD', '/job', 'HeadBucket'],
    ['PUT', '/job', 'CreateBucket'],
    ['GET', '/job', 'ListObjects'],
    ['GET', '/job/?location', 'GetBucketLocation'],
    ['GET', '/job?location=', 'GetBucketLocation'],
    ['GET', '/job?list-type=2&prefix=a&delimiter=%2F&encoding-type=url&fetch-owner=true&start-after=a', 'ListObjects'],
    ['GET', '/job?prefix=a&marker=b&max-keys=10&delimiter=/', 'ListObjects'],
    ['GET', '/job?uploads', 'ListMultipartUploads'],
    ['POST', '/job?delete', 'DeleteObjects'],
    ['POST', '/job?delete=&x-id=DeleteObjects', 'DeleteObjects'],
    ['GET', '/job/k?x-id=GetObject&response-content-type=a', 'GetObject'],
    ['HEAD', '/job/k', 'HeadObject'],
    ['PUT', '/job/k?x-id=PutObject', 'PutObject'],
    ['DELETE', '/job/k', 'DeleteObject'],
    ['POST', '/job/k?uploads=', 'CreateMultipartUpload'],
    ['PUT', '/job/k?partNumber=10000&uploadId=u', 'UploadPart'],
    ['GET', '/job/k?uploadId=u&max-parts=2&part-number-marker=1', 'ListParts'],
    ['POST', '/job/k?uploadId=u', 'CompleteMultipartUpload'],
    ['DELETE', '/job/k?uploadId=u&x-id=AbortMultipartUpload', 'AbortMultipartUpload'],
    ['PUT', '/job/k?partNumber=0&uploadId=u', 'InvalidArgument'],
    ['PUT', '/job/k?partNumber=10001&uploadId=u', 'InvalidArgument'],
    ['PUT', '/job/k?uploadId=a&uploadId=b&partNumber=1', 'InvalidArgument'],
    ['PUT', '/job/k?uploadId=u', 'NotImplemented'],
    ['PUT', '/job/k?partNumber=1', 'NotImplemented'],
    ['POST', '/job/k', 'NotImplemented'],
    ['PATCH', '/job/k', 'NotImplemented'],
    ['DELETE', '/job', 'NotImplemented'],
    ['POST', '/job', 'NotImplemented'],
    ['PUT', '/', 'NotImplemented'],
    ['get', '/job/k', 'NotImplemented'],
    ['GET', '/job/k?X-Amz-Signature=1&X-Amz-Date=2', 'GetObject'],
  ])('%s %s is %s', (method, target, expected) => {
    expect(name(method, target)).toBe(expected);
  });

  it('knows copies by their header', () => {
    expect(operation('PUT', '/job/k', copy)).toEqual({
      name: 'CopyObject',
      bucket: 'job',
      key: 'k',
      source: { bucket: 'job', key: 'source' },
      metadataDirective: 'COPY',
    });
    const range = { ...copy, 'x-amz-copy-source-range': 'bytes=0-1' };
    expect(operation('PUT', '/job/k?partNumber=1&uploadId=u', range)).toMatchObject({
      name: 'UploadPartCopy',
      range: 'bytes=0-1',
    });
    expect(name('PUT', '/job', copy)).toBe('NotImplemented');
  });

  const subResources = [
    'acl',
    'restore',
    'tagging',
    'policy',
    'versioning',
    'versions',
    'torrent',
    'legal-hold',
    'retention',
    'select',
    'attributes',
    'lifecycle',
    'cors',
    'website',
    'append',
    'renameObject',
    'versionId',
    'object-lock',
    'encryption',
    'logging',
  ];

  it.each(subResources)('never takes ?%s for the object or bucket itself', (subResource) => {
    for (const method of ['GET', 'HEAD', 'PUT', 'POST', 'DELETE']) {
      for (const path of ['/job', '/job/k', '/']) {
        for (const query of [subResource, `${subResource}=1`, `x-id=PutObject&${subResource}`]) {
          expect([method, path, query, name(method, `${path}?${query}`)]).toEqual([
            method,
            path,
            query,
            'NotImplemented',
          ]);
          expect(name(method, `${path}?${query}`, copy)).toBe('NotImplemented');
        }
      }
      for (const query of ['uploadId=u', 'uploadId=u&partNumber=1', 'uploads', 'delete', 'location']) {
        expect(name(method, `/job/k?${query}&${subResource}`)).toBe('NotImplemented');
      }
    }
  });

  it.each([
    'x-amz-server-side-encryption',
    'x-amz-server-side-encryption-customer-key',
    'x-amz-tagging',
    'x-amz-object-lock-mode',
    'x-amz-grant-read',
    'x-amz-write-offset-bytes',
  ])('does not pretend to fulfil %s', (header) => {
    expect(name('PUT', '/job/k', { [header]: 'x' })).toBe('NotImplemented');
  });

  it('lets through what clients send without meaning it', () => {
    expect(name('PUT', '/job/k', { 'x-amz-acl': 'private', 'x-amz-storage-class': 'STANDARD' })).toBe('PutObject');
  });

  it('never fails otherwise than with an S3Error', () => {
    const method = fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD');
    const piece = fc.constantFrom(
      'uploads',
      'uploadId',
      'partNumber',
      'list-type',
      'max-keys',
      '=',
      '&',
      '%',
      '%zz',
      '2',
      '+',
      'é',
      '\u0000',
    );
    const query = fc.array(piece).map((list) => list.join(''));
    fc.assert(
      fc.property(method, query, fc.constantFrom('/', '/job', '/job/k'), (verb, rawQuery, path) => {
        expect(typeof name(verb, `${path}?${rawQuery}`)).toBe('string');
      }),
    );
  });
});
