// @ts-check
import { open, stat } from 'node:fs/promises';
import { extname } from 'node:path';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { retry } from './retry.mjs';

/** No part but the last may be smaller (S3's own rule). */
const SMALLEST_PART_BYTES = 5 * 1024 * 1024;
const PARTS_IN_FLIGHT = 4;
const PATIENCE_MS = 600_000;

const CONTENT_TYPES = new Map([
  ['.json', 'application/json'],
  ['.jsonl', 'application/x-ndjson'],
  ['.log', 'text/plain; charset=utf-8'],
  ['.png', 'image/png'],
]);

/**
 * Puts files into an S3 bucket. Whatever is larger than one part goes up as a multipart upload, a few parts at a time;
 * a server that is away is tried again for ten minutes.
 */
export class Uploader {
  /**
   * @param {{ endpoint: string, region: string, accessKeyId: string, secretAccessKey: string, bucket: string,
   *   largestPartBytes: number }} target `largestPartBytes`: what the way to the server lets through in one request
   * @param {(line: string) => void} warn
   * @param {Partial<import('./retry.mjs').RetryOptions>} [retryOptions]
   */
  constructor(target, warn, retryOptions = {}) {
    this.bucket = target.bucket;
    // Small parts, because a part is what is lost when the line breaks.
    this.partBytes = Math.min(SMALLEST_PART_BYTES, target.largestPartBytes);
    this.warn = warn;
    this.retryOptions = retryOptions;
    this.client = new S3Client({
      endpoint: target.endpoint,
      region: target.region,
      credentials: { accessKeyId: target.accessKeyId, secretAccessKey: target.secretAccessKey },
      forcePathStyle: true,
      requestHandler: { connectionTimeout: 5_000, socketTimeout: 60_000 },
    });
  }

  /**
   * @param {string} path of a file that does not change any more
   * @param {string} key
   * @param {AbortSignal} [signal] ends the upload
   */
  async upload(path, key, signal) {
    const { size } = await stat(path);
    const object = { Bucket: this.bucket, Key: key };
    const create = { ...object, ContentType: CONTENT_TYPES.get(extname(key)) ?? 'application/octet-stream' };
    if (size > this.partBytes) {
      await this.#uploadInParts(path, size, create, signal);
    } else {
      const put = new PutObjectCommand({ ...create, Body: await readRange(path, 0, size) });
      await this.#attempt(() => this.client.send(put, { abortSignal: signal }), key, signal);
    }
  }

  /**
   * @param {string} path
   * @param {number} size
   * @param {{ Bucket: string, Key: string, ContentType: string }} create
   * @param {AbortSignal} [signal]
   */
  async #uploadInParts(path, size, create, signal) {
    const options = { abortSignal: signal };
    const begin = () => this.client.send(new CreateMultipartUploadCommand(create), options);
    const { UploadId } = await this.#attempt(begin, create.Key, signal);
    const upload = { Bucket: create.Bucket, Key: create.Key, UploadId };
    try {
      const Parts = await this.#uploadParts(path, size, upload, signal);
      const complete = new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } });
      await this.#attempt(() => this.client.send(complete, options), upload.Key, signal);
    } catch (error) {
      // One try, so that the parts do not stay behind in the bucket; the first error is the one to tell.
      await this.client.send(new AbortMultipartUploadCommand(upload)).catch(() => {});
      throw error;
    }
  }

  /**
   * @param {string} path
   * @param {number} size
   * @param {{ Bucket: string, Key: string, UploadId: string | undefined }} upload
   * @param {AbortSignal} [signal]
   * @returns {Promise<{ ETag: string | undefined, PartNumber: number }[]>}
   */
  #uploadParts(path, size, upload, signal) {
    const numbers = Array.from({ length: Math.ceil(size / this.partBytes) }, (_, index) => index + 1);
    return mapInParallel(numbers, PARTS_IN_FLIGHT, async (PartNumber) => {
      const body = await readRange(path, (PartNumber - 1) * this.partBytes, this.partBytes);
      const part = new UploadPartCommand({ ...upload, PartNumber, Body: body });
      const { ETag } = await this.#attempt(
        () => this.client.send(part, { abortSignal: signal }),
        `${upload.Key} part ${String(PartNumber)}`,
        signal,
      );
      return { ETag, PartNumber };
    });
  }

  /**
   * @template T
   * @param {() => Promise<T>} send
   * @param {string} what
   * @param {AbortSignal} [signal]
   * @returns {Promise<T>}
   */
  async #attempt(send, what, signal) {
    try {
      return await retry(send, {
        patienceMs: PATIENCE_MS,
        signal,
        isTransient: isTransientS3Error,
        onRetry: (error, waitMs) =>
          this.warn(`upload of ${what}: ${describe(error)}; next try in ${(waitMs / 1000).toFixed(1)} s`),
        ...this.retryOptions,
      });
    } catch (error) {
      throw new Error(`upload of ${what}: ${describe(error)}`, { cause: error });
    }
  }
}

/**
 * Nobody answered, the server has a fault, or it asks for patience.
 * @param {unknown} error
 */
function isTransientS3Error(error) {
  if (!(error instanceof Error) || error.name === 'AbortError') return false;
  const status = statusOf(error);
  return status === undefined || status >= 500 || status === 429 || status === 408;
}

/**
 * @param {object} error
 * @returns {number | undefined} undefined when there was no answer
 */
function statusOf(error) {
  return '$metadata' in error ? /** @type {{ httpStatusCode?: number }} */ (error.$metadata).httpStatusCode : undefined;
}

/**
 * The SDK cannot read what is not S3's XML (a proxy's page, say) and then complains of that; the status tells more.
 * @param {unknown} error
 */
function describe(error) {
  if (!(error instanceof Error)) return String(error);
  const status = statusOf(error);
  const answer = status === undefined ? '' : `HTTP ${String(status)}, `;
  return `${answer}${error.name}: ${error.message.split('\n', 1)[0] ?? ''}`;
}

/**
 * @param {string} path
 * @param {number} start
 * @param {number} length fewer bytes come back at the end of the file
 */
async function readRange(path, start, length) {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, start);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/**
 * @template T, R
 * @param {T[]} items
 * @param {number} width how many run at the same moment
 * @param {(item: T) => Promise<R>} run
 * @returns {Promise<R[]>} in the order of `items`
 */
async function mapInParallel(items, width, run) {
  /** @type {R[]} */
  const results = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [index, item] of queue) results[index] = await run(item);
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return results;
}
