import { Agent as PlainAgent } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import type { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type * as Sdk from '@aws-sdk/client-s3';
import { S3Error, type ByteRange } from '#libs/s3';
import type { S3Location } from './s3-location.js';
import { unusable, isAbsent, isRefused, withoutAnswer } from './s3-troubles.js';

const ATTEMPTS_MAX = 4;
/** Downloads hold their connection for as long as their readers take, and must not keep uploads waiting. */
const SOCKETS_MAX = 1_000;

/** How long a bucket may take for what it is asked. */
export const bucketTimeouts = {
  connectMs: 5_000,
  /** From the beginning of a request to the beginning of its answer; a part is on its way, or being copied, meanwhile. */
  answerMs: 120_000,
  /** The same of a download, of which nothing is on its way there. */
  downloadAnswerMs: 20_000,
  /** Calls that carry no bytes; with all their attempts. */
  smallCallMs: 30_000,
  /** A connection on which nothing moves for so long is given up; a slow reader's download is then resumed. */
  idleMs: 120_000,
  /** Less than what the health check may take, so that it can tell why. */
  probeMs: 1_800,
};

export interface S3Access {
  /** Empty: AWS itself. */
  readonly endpoint: string;
  readonly region: string;
  /** Asked when the first call is made, and whenever they have expired. Undefined: as everywhere at AWS (variables, shared files, web identity, instance role). */
  readonly credentials: () => Promise<{ accessKeyId: string; secretAccessKey: string; expiration: Date } | undefined>;
  /** All authorities that count; undefined when those of Node suffice. */
  readonly authorities: () => Promise<string[] | undefined>;
}

export interface StoredBytes {
  readonly bytes: number;
  readonly modifiedAtMs: number;
  readonly metadata: Readonly<Record<string, string>>;
}

/** The calls that a byte store makes of a real bucket, by the AWS SDK. Each throws S3Error ServiceUnavailable when the bucket does not answer as it should. */
export class S3Bucket {
  private connected: Promise<{ sdk: typeof Sdk; client: Sdk.S3Client }> | undefined;

  constructor(
    readonly location: S3Location,
    private readonly access: S3Access,
    private readonly timeouts = bucketTimeouts,
  ) {}

  put(name: string, bytes: Uint8Array, metadata: Record<string, string>): Promise<unknown> {
    return this.call((sdk, client) =>
      client.send(new sdk.PutObjectCommand({ ...this.at(name), Body: bytes, Metadata: metadata })),
    );
  }

  async begin(name: string, metadata: Record<string, string>): Promise<string> {
    const { UploadId = '' } = await this.call((sdk, client) =>
      client.send(new sdk.CreateMultipartUploadCommand({ ...this.at(name), Metadata: metadata }), this.soon()),
    );
    return UploadId;
  }

  /** Resolves to the part's ETag. */
  async putPart(name: string, uploadId: string, partNumber: number, bytes: Uint8Array): Promise<string> {
    const { ETag = '' } = await this.call((sdk, client) =>
      client.send(
        new sdk.UploadPartCommand({ ...this.at(name), UploadId: uploadId, PartNumber: partNumber, Body: bytes }),
      ),
    );
    return ETag;
  }

  /** The bucket copies a whole blob as a part; resolves to the copy's ETag, undefined when it will not do so. */
  async copyPart(name: string, uploadId: string, PartNumber: number, source: string): Promise<string | undefined> {
    const { Bucket, Key } = this.at(source);
    const CopySource = [Bucket, ...Key.split('/')].map(encodeURIComponent).join('/');
    const wish = { ...this.at(name), UploadId: uploadId, PartNumber, CopySource };
    const answer = await this.call((sdk, client) =>
      client.send(new sdk.UploadPartCopyCommand(wish)).catch((error: unknown) => {
        if (isAbsent(error))
          throw new S3Error('InvalidPart', `The bytes of part ${PartNumber} are missing on the server.`);
        if (!isRefused(error)) throw error;
      }),
    );
    return answer?.CopyPartResult?.ETag;
  }

  complete(name: string, uploadId: string, etags: readonly string[]): Promise<void> {
    return this.call((sdk, client) => this.completeBy(sdk, client, { name, uploadId, etags }));
  }

  /** The same of parts that the bucket may not take together: false then. */
  completeIfTaken(name: string, uploadId: string, etags: readonly string[]): Promise<boolean> {
    return this.call((sdk, client) =>
      this.completeBy(sdk, client, { name, uploadId, etags }).then(
        () => true,
        (error: unknown) => {
          if (isAbsent(error) || !isRefused(error)) throw error;
          return false;
        },
      ),
    );
  }

  async abort(name: string, uploadId: string): Promise<void> {
    await this.call((sdk, client) =>
      client
        .send(new sdk.AbortMultipartUploadCommand({ ...this.at(name), UploadId: uploadId }), this.soon())
        .catch(unlessAbsent),
    );
  }

  /** Undefined when it is not there; `bytes` are those of the whole. The body is to be read to its end or destroyed. */
  async get(name: string, range?: ByteRange): Promise<(StoredBytes & { readonly body: Readable }) | undefined> {
    return this.call(async (sdk, client) => {
      const Range = range && `bytes=${range.start}-${range.end}`;
      const answer = await client
        .send(new sdk.GetObjectCommand({ ...this.at(name), ...(Range && { Range }) }), {
          requestTimeout: this.timeouts.downloadAnswerMs,
        })
        .catch(unlessAbsent);
      if (!answer) return undefined;
      const bytes = range && wholeOf(answer.ContentRange);
      const body = answer.Body as Readable;
      // Nobody will read nothing, and then its connection would not be used again.
      if (answer.ContentLength === 0) await finished(body.resume());
      return { ...described(answer), ...(bytes !== undefined && { bytes }), body };
    });
  }

  async head(name: string): Promise<StoredBytes | undefined> {
    return this.call(async (sdk, client) => {
      const answer = await client.send(new sdk.HeadObjectCommand(this.at(name)), this.soon()).catch(unlessAbsent);
      return answer && described(answer);
    });
  }

  async remove(name: string): Promise<void> {
    await this.call((sdk, client) =>
      client.send(new sdk.DeleteObjectCommand(this.at(name)), this.soon()).catch(unlessAbsent),
    );
  }

  /** Everything whose name begins with `beginning`, in the order of the names. */
  async *list(beginning: string): AsyncGenerator<{ name: string; bytes: number; modifiedAtMs: number }, undefined> {
    const { bucket: Bucket, prefix } = this.location;
    for (let ContinuationToken: string | undefined; ;) {
      const page = await this.call((sdk, client) =>
        client.send(
          new sdk.ListObjectsV2Command({
            Bucket,
            Prefix: prefix + beginning,
            ...(ContinuationToken !== undefined && { ContinuationToken }),
          }),
          this.soon(),
        ),
      );
      for (const { Key = '', Size = 0, LastModified } of page.Contents ?? [])
        yield { name: Key.slice(prefix.length), bytes: Size, modifiedAtMs: LastModified?.getTime() ?? 0 };
      ContinuationToken = page.NextContinuationToken;
      if (!page.IsTruncated || ContinuationToken === undefined) return undefined;
    }
  }

  /** Uploads that were neither completed nor given up. Of a bucket that cannot tell them: none. */
  async *openUploads(): AsyncGenerator<{ name: string; uploadId: string; initiatedMs: number }, undefined> {
    const { bucket: Bucket, prefix: Prefix } = this.location;
    let after: { KeyMarker: string; UploadIdMarker: string } | undefined;
    for (;;) {
      const page = await this.call((sdk, client) =>
        client
          .send(new sdk.ListMultipartUploadsCommand({ Bucket, Prefix, ...after }), this.soon())
          .catch(unlessNotImplemented),
      );
      for (const { Key = '', UploadId = '', Initiated } of page?.Uploads ?? [])
        yield { name: Key.slice(Prefix.length), uploadId: UploadId, initiatedMs: Initiated?.getTime() ?? 0 };
      if (!page?.IsTruncated) return undefined;
      after = { KeyMarker: page.NextKeyMarker ?? '', UploadIdMarker: page.NextUploadIdMarker ?? '' };
    }
  }

  /** Resolves when the bucket is there and these credentials may use it. @throws UnusableStoreError */
  async probe(): Promise<void> {
    const { bucket: Bucket } = this.location;
    try {
      const { sdk, client } = await this.connection();
      await client.send(new sdk.HeadBucketCommand({ Bucket }), {
        abortSignal: AbortSignal.timeout(this.timeouts.probeMs),
      });
    } catch (error) {
      throw unusable(Bucket, error);
    }
  }

  private soon(): { abortSignal: AbortSignal } {
    return { abortSignal: AbortSignal.timeout(this.timeouts.smallCallMs) };
  }

  private at(name: string): { Bucket: string; Key: string } {
    return { Bucket: this.location.bucket, Key: this.location.prefix + name };
  }

  private async completeBy(
    sdk: typeof Sdk,
    client: Sdk.S3Client,
    { name, uploadId, etags }: { readonly name: string; readonly uploadId: string; readonly etags: readonly string[] },
  ): Promise<void> {
    const Parts = etags.map((ETag, index) => ({ ETag, PartNumber: index + 1 }));
    const wish = { ...this.at(name), UploadId: uploadId, MultipartUpload: { Parts } };
    await client.send(new sdk.CompleteMultipartUploadCommand(wish)).catch(async (error: unknown) => {
      // The answer to an attempt that has succeeded may have been lost; the name is nobody else's.
      if (!isAbsent(error)) throw error;
      await client.send(new sdk.HeadObjectCommand(this.at(name))).catch(() => {
        throw error;
      });
    });
  }

  private async call<T>(work: (sdk: typeof Sdk, client: Sdk.S3Client) => Promise<T>): Promise<T> {
    try {
      const { sdk, client } = await this.connection();
      return await work(sdk, client);
    } catch (error) {
      throw withoutAnswer(this.location.bucket, error);
    }
  }

  private connection(): Promise<{ sdk: typeof Sdk; client: Sdk.S3Client }> {
    this.connected ??= this.connect().catch((error: unknown) => {
      this.connected = undefined;
      throw error;
    });
    return this.connected;
  }

  private async connect(): Promise<{ sdk: typeof Sdk; client: Sdk.S3Client }> {
    const sdk = await import('@aws-sdk/client-s3');
    const { endpoint, region, credentials, authorities } = this.access;
    const [ca, found] = await Promise.all([authorities(), credentials()]);
    const current = async (): Promise<NonNullable<typeof found>> => (await credentials()) ?? missing();
    const agent = { keepAlive: true, maxSockets: SOCKETS_MAX };
    const client = new sdk.S3Client({
      region,
      ...(found && { credentials: current }),
      // Services other than AWS are addressed by path: the names of their buckets are seldom names of hosts.
      ...(endpoint !== '' && { endpoint, forcePathStyle: true }),
      maxAttempts: ATTEMPTS_MAX,
      // Every body is signed with its SHA-256; checksums on top of it are what services other than AWS trip over.
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
      requestHandler: {
        connectionTimeout: this.timeouts.connectMs,
        requestTimeout: this.timeouts.answerMs,
        throwOnRequestTimeout: true,
        socketTimeout: this.timeouts.idleMs,
        httpAgent: new PlainAgent(agent),
        httpsAgent: new SecureAgent({ ...agent, ...(ca && { ca }) }),
      },
    });
    return { sdk, client };
  }
}

function described(answer: Sdk.HeadObjectOutput): StoredBytes {
  const { ContentLength: bytes = 0, LastModified, Metadata: metadata = {} } = answer;
  return { bytes, modifiedAtMs: LastModified?.getTime() ?? 0, metadata };
}

/** The bytes of the whole, as `Content-Range` tells them beside those of the range. */
function wholeOf(contentRange: string | undefined): number | undefined {
  const whole = /\/(\d+)$/.exec(contentRange ?? '')?.[1];
  return whole === undefined ? undefined : Number(whole);
}

function missing(): never {
  throw new Error('The credentials of the bucket are not to be found any more');
}

function unlessAbsent(error: unknown): undefined {
  if (!isAbsent(error)) throw error;
}

function unlessNotImplemented(error: unknown): undefined {
  if ((error as { name?: string }).name !== 'NotImplemented') throw error;
}
