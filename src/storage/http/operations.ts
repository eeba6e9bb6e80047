import { Injectable } from '@nestjs/common';
import type { S3Operation } from '#libs/s3';
import { BucketOperations } from './bucket-operations.js';
import type { CallOf } from './call.js';
import { MultipartOperations } from './multipart-operations.js';
import { ObjectOperations } from './object-operations.js';

type Name = S3Operation['name'];
type Perform = { readonly [Key in Name]: (call: CallOf<Key>) => Promise<void> };

/** Every operation by its name. */
@Injectable()
export class Operations {
  private readonly table: Perform;

  constructor(buckets: BucketOperations, objects: ObjectOperations, multipart: MultipartOperations) {
    this.table = {
      ListBuckets: (call) => buckets.listBuckets(call),
      HeadBucket: (call) => buckets.headBucket(call),
      CreateBucket: (call) => buckets.create(call),
      GetBucketLocation: (call) => buckets.location(call),
      ListObjects: (call) => buckets.listObjects(call),
      ListMultipartUploads: (call) => buckets.listUploads(call),
      DeleteObjects: (call) => objects.removeMany(call),
      GetObject: (call) => objects.get(call),
      HeadObject: (call) => objects.head(call),
      PutObject: (call) => objects.put(call),
      DeleteObject: (call) => objects.remove(call),
      CopyObject: (call) => objects.copy(call),
      CreateMultipartUpload: (call) => multipart.begin(call),
      UploadPart: (call) => multipart.putPart(call),
      UploadPartCopy: (call) => multipart.copyPart(call),
      ListParts: (call) => multipart.list(call),
      CompleteMultipartUpload: (call) => multipart.complete(call),
      AbortMultipartUpload: (call) => multipart.abort(call),
    };
  }

  perform(call: CallOf<Name>): Promise<void> {
    const perform = this.table[call.operation.name] as (call: CallOf<Name>) => Promise<void>;
    return perform(call);
  }
}
