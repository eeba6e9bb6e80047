import { Injectable } from '@nestjs/common';
import {
  afterPrefix,
  foldedPrefix,
  listAllMyBucketsXml,
  listMultipartUploadsXml,
  listObjectsXml,
  listPage,
  locationXml,
  S3Error,
  type ListedUpload,
  type ListUploadsPage,
  type ListUploadsParameters,
} from '#libs/s3';
import { Buckets } from '../buckets.js';
import { ObjectIndex } from '../object-index.js';
import type { StoredObject } from '../object.js';
import { UploadIndex, type UploadPosition } from '../upload-index.js';
import { OUTPUTS_BUCKET } from './addresses.js';
import { Authorizer } from './authorizer.js';
import type { CallOf } from './call.js';
import { ownerOf } from './owner.js';
import { VisibleObjects } from './visible-objects.js';

/** Every job is told to sign for it (contract §6). */
const REGION = 'us-east-1';

/** The two indexes that listings read, and the view of all jobs at once. */
@Injectable()
export class Listings {
  constructor(
    readonly objects: ObjectIndex,
    readonly uploads: UploadIndex,
    readonly visible: VisibleObjects,
  ) {}
}

/** Operations on buckets and on the service. */
@Injectable()
export class BucketOperations {
  constructor(
    private readonly listings: Listings,
    private readonly buckets: Buckets,
    private readonly authorizer: Authorizer,
  ) {}

  async listBuckets({ exchange, access, operation }: CallOf<'ListBuckets'>): Promise<void> {
    const { prefix, maxBuckets, after = '' } = operation.parameters;
    const owned = access.kind === 'job' ? await this.listings.objects.bucket(access.credential.jobId) : undefined;
    const found =
      access.kind === 'job'
        ? owned && owned.jobId.startsWith(prefix) && owned.jobId > after
          ? [owned]
          : []
        : await this.listings.objects.buckets({
            userId: this.authorizer.visibleUser(access),
            prefix,
            afterJobId: after,
            entriesMax: maxBuckets + 1,
          });
    const buckets = found.slice(0, maxBuckets).map(({ jobId, createdMs }) => ({ name: jobId, createdMs }));
    const page = { buckets, truncated: found.length > maxBuckets };
    exchange.xml(200, listAllMyBucketsXml(ownerOf(access), operation.parameters, page));
  }

  async headBucket({ exchange, access, operation }: CallOf<'HeadBucket'>): Promise<void> {
    await this.requireRead(access, operation.bucket);
    exchange.empty(200, { 'x-amz-bucket-region': REGION });
  }

  async location({ exchange, access, operation }: CallOf<'GetBucketLocation'>): Promise<void> {
    await this.requireRead(access, operation.bucket);
    exchange.xml(200, locationXml(REGION));
  }

  async create({ exchange, access, operation }: CallOf<'CreateBucket'>): Promise<void> {
    if (operation.bucket !== OUTPUTS_BUCKET) {
      const credential = this.authorizer.requireChange(access, operation.bucket, 'write');
      await this.buckets.forWriting(credential);
    }
    exchange.empty(200, { Location: `/${operation.bucket}` });
  }

  async listObjects({ exchange, access, operation }: CallOf<'ListObjects'>): Promise<void> {
    const { bucket, parameters } = operation;
    await this.requireRead(access, bucket);
    const page = await listPage<StoredObject>(parameters, (prefix, position, entriesMax) =>
      bucket === OUTPUTS_BUCKET
        ? this.listings.visible.read(access, prefix, position, entriesMax)
        : this.listings.objects.read(bucket, prefix, position, entriesMax),
    );
    const objects = page.objects.map((object) => ({ ...object, checksum: object.checksum ?? undefined }));
    exchange.xml(200, listObjectsXml(bucket, parameters, { ...page, objects }, ownerOf(access)));
  }

  async listUploads({ exchange, access, operation }: CallOf<'ListMultipartUploads'>): Promise<void> {
    const { bucket, parameters } = operation;
    await this.requireRead(access, bucket);
    if (bucket === OUTPUTS_BUCKET) {
      throw new S3Error('NotImplemented', 'Uploads are listed in the bucket of a job, not in outputs.');
    }
    const page = await this.uploadsPage(bucket, parameters);
    exchange.xml(200, listMultipartUploadsXml(bucket, parameters, page, ownerOf(access)));
  }

  private async uploadsPage(jobId: string, parameters: ListUploadsParameters): Promise<ListUploadsPage> {
    const { prefix, delimiter, maxUploads, keyMarker, uploadIdMarker } = parameters;
    const uploads: ListedUpload[] = [];
    const commonPrefixes: string[] = [];
    let position: UploadPosition | undefined = { key: keyMarker, inclusive: keyMarker === '', uploadIdMarker };
    while (position) {
      const [found]: ListedUpload[] = (await this.listings.uploads.read(jobId, prefix, position, 1)).map((upload) => ({
        ...upload,
        checksum: upload.checksum ?? undefined,
      }));
      if (!found) return { uploads, commonPrefixes };
      if (uploads.length + commonPrefixes.length >= maxUploads) break;
      const folded = foldedPrefix(found.key, prefix, delimiter);
      if (folded === undefined) {
        uploads.push(found);
        position = { key: found.key, inclusive: false, uploadIdMarker: found.uploadId };
      } else {
        commonPrefixes.push(folded);
        const next = afterPrefix(folded);
        position = next && { ...next, uploadIdMarker: '' };
      }
    }
    const last = uploads.at(-1);
    const next = { keyMarker: last?.key ?? keyMarker, uploadIdMarker: last?.uploadId ?? uploadIdMarker };
    return { uploads, commonPrefixes, ...(position && { next }) };
  }

  private async requireRead(access: CallOf<'HeadBucket'>['access'], bucket: string): Promise<void> {
    if (bucket !== OUTPUTS_BUCKET) await this.authorizer.requireRead(access, bucket);
    else if (access.kind === 'job') await this.authorizer.requireRead(access, access.credential.jobId);
    else this.authorizer.visibleUser(access);
  }
}
