/**
 * The S3 protocol without an HTTP framework: plain data and byte streams in, decisions and documents out. A request goes
 * `HeaderMap.fromRaw`, `splitTarget` → `parseSignatureClaim` → `parseTarget` (path behind the prefix) and `parseQuery` →
 * `parseOperation` → `SignatureVerifier.verify` → `describePayload` → `readExpectedDigests` → bytes through `ChunkDecoder`
 * (when `mode.kind` is `chunked`) into a `HashingWriter` → `verifyDigests`, and only then publish.
 * Every refusal is an `S3Error`; `errorXml` writes it.
 */
export { S3Error, type S3ErrorCode } from './errors.js';
export { HeaderMap, splitTarget, type S3Request } from './request.js';
export { decodeUriPart, encodeUri, parseQuery } from './uri.js';
export { parseOperation, type S3Operation } from './operations.js';

export { parseSignatureClaim, type SignatureClaim } from './sigv4/claim.js';
export type { SignedTarget } from './sigv4/canonical.js';
export { SignatureVerifier, type ChunkSigning, type VerifyOptions } from './sigv4/verifier.js';
export {
  presign,
  signRequest,
  type RequestToSign,
  type SigningCredentials,
  type UrlToPresign,
} from './sigv4/signer.js';

export { describePayload, type Payload, type PayloadMode } from './payload/payload.js';
export { ChunkDecoder, type ChunkDecoderOptions } from './payload/chunk-decoder.js';

export { checksumAlgorithms, type ChecksumAlgorithm, type ChecksumType } from './checksums/algorithms.js';
export {
  digestsToCompute,
  readExpectedDigests,
  verifyDigests,
  type Checksum,
  type ExpectedDigests,
} from './checksums/expected.js';
export {
  combineChecksum,
  multipartEtag,
  readMultipartChecksum,
  verifyCombinedChecksum,
  type MultipartChecksum,
  type PartDigest,
} from './checksums/multipart.js';

export { HashPool, type HashPoolOptions } from './hashing/hash-pool.js';
export { HashingWriter, type StoreBatch, type StoreWhole } from './hashing/hashing-writer.js';
export type { DigestAlgorithm, Digests } from './hashing/hashers.js';

export { xmlBytesMax } from './xml/reader.js';
export {
  partNumberMax,
  readCompleteMultipartUpload,
  readDeleteObjects,
  type CompletedPart,
  type DeleteObjectsRequest,
} from './xml/requests.js';
export {
  completeMultipartUploadXml,
  copyResultXml,
  deleteResultXml,
  errorXml,
  initiateMultipartUploadXml,
  listAllMyBucketsXml,
  locationXml,
  type CompletedUpload,
  type DeleteOutcome,
  type ListBucketsPage,
  type Owner,
} from './xml/responses.js';
export {
  listMultipartUploadsXml,
  listObjectsXml,
  listPartsXml,
  type ListedObject,
  type ListedPart,
  type ListedUpload,
  type ListObjectsPage,
  type ListPartsPage,
  type ListUploadsPage,
} from './xml/listings.js';

export type {
  ListBucketsParameters,
  ListObjectsParameters,
  ListPartsParameters,
  ListUploadsParameters,
} from './object/list-parameters.js';
export {
  afterPrefix,
  compareKeys,
  foldedPrefix,
  listPage,
  type KeyPage,
  type ListPosition,
  type ReadKeys,
} from './object/listing.js';
export { contentRange, resolveCopyRange, resolveRange, type ByteRange } from './object/range.js';
export {
  hasWriteConditions,
  judgeCopyConditions,
  judgeReadConditions,
  judgeWriteConditions,
  type ObjectVersion,
} from './object/conditions.js';
export { checkKey, parseTarget, type Target } from './object/names.js';
export { readObjectMetadata, type ObjectMetadata } from './object/metadata.js';
