import { appendFileSync, createReadStream, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Agent as TlsAgent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { s3Client, type StorageJob } from '../../support/storage-job.js';
import { bytesFrom, run } from './run.js';

/** Where clients are sent, and the certificate authority that signs for it over TLS. */
export interface Place {
  readonly endpoint: string;
  readonly caFile?: string;
}

/** A stock client, given nothing but endpoint, key and secret. */
export interface StorageClient {
  put(file: string, key: string): Promise<unknown>;
  get(key: string, file: string): Promise<unknown>;
  /** Bytes `first` to `last` of an object. Absent where the client cannot ask for them. */
  range?(key: string, first: number, last: number, file: string): Promise<unknown>;
  /** Goes on with a download of which `file` holds the first bytes; where the client can say so, of this very version. */
  resume(key: string, file: string): Promise<unknown>;
  /** Gives up an unfinished upload. */
  abort(key: string, uploadId: string): Promise<unknown>;
  list(prefix: string): Promise<string[]>;
  remove(key: string): Promise<unknown>;
}

export type ClientMaker = (job: StorageJob, place: Place) => StorageClient;

const sdk: ClientMaker = (job, { endpoint, caFile }) => {
  const ca = caFile === undefined ? undefined : readFileSync(caFile);
  const requestHandler = ca ? { httpsAgent: new TlsAgent({ ca }) } : undefined;
  const client = s3Client({ ...job, endpoint }, { requestHandler });
  const Bucket = job.jobId;
  const get = async (Key: string, file: string, Range?: string): Promise<void> => {
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, Range }));
    await writeFile(file, (await Body?.transformToByteArray()) ?? '');
  };
  return {
    put: (file, Key) => new Upload({ client, params: { Bucket, Key, Body: createReadStream(file) } }).done(),
    get: (key, file) => get(key, file),
    range: (key, first, last, file) => get(key, file, `bytes=${first}-${last}`),
    resume: async (Key, file) => {
      const { ETag } = await client.send(new HeadObjectCommand({ Bucket, Key }));
      const Range = `bytes=${statSync(file).size}-`;
      const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, Range, IfMatch: ETag }));
      appendFileSync(file, (await Body?.transformToByteArray()) ?? '');
    },
    abort: (Key, UploadId) => client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId })),
    list: async (Prefix) => {
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket, Prefix }));
      return Contents.map(({ Key = '' }) => Key);
    },
    remove: (Key) => client.send(new DeleteObjectCommand({ Bucket, Key })),
  };
};

function awsEnvironment(job: StorageJob, caFile: string | undefined): Record<string, string> {
  return {
    AWS_ACCESS_KEY_ID: job.accessKeyId,
    AWS_SECRET_ACCESS_KEY: job.secretAccessKey,
    AWS_REGION: 'us-east-1',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_EC2_METADATA_DISABLED: 'true',
    ...(caFile !== undefined && { AWS_CA_BUNDLE: caFile }),
  };
}

const awsCli: ClientMaker = (job, { endpoint, caFile }) => {
  const env = awsEnvironment(job, caFile);
  const aws = (...args: string[]): Promise<string> => run('aws', ['--endpoint-url', endpoint, ...args], env);
  const at = (key: string): string[] => ['--bucket', job.jobId, '--key', key];
  return {
    put: (file, key) => aws('s3', 'cp', '--only-show-errors', file, `s3://${job.jobId}/${key}`),
    get: (key, file) => aws('s3', 'cp', '--only-show-errors', `s3://${job.jobId}/${key}`, file),
    range: (key, first, last, file) =>
      aws('s3api', 'get-object', ...at(key), '--range', `bytes=${first}-${last}`, file),
    resume: async (key, file) => {
      const { ETag } = JSON.parse(await aws('s3api', 'head-object', ...at(key))) as { ETag: string };
      const range = ['--range', `bytes=${statSync(file).size}-`, '--if-match', ETag];
      await aws('s3api', 'get-object', ...at(key), ...range, `${file}.rest`);
      appendFileSync(file, readFileSync(`${file}.rest`));
    },
    abort: (key, uploadId) => aws('s3api', 'abort-multipart-upload', ...at(key), '--upload-id', uploadId),
    list: async (prefix) => {
      const query = ['--query', 'Contents[].Key', '--output', 'json'];
      const text = await aws('s3api', 'list-objects-v2', '--bucket', job.jobId, '--prefix', prefix, ...query);
      return (JSON.parse(text) as string[] | null) ?? [];
    },
    remove: (key) => aws('s3', 'rm', '--only-show-errors', `s3://${job.jobId}/${key}`),
  };
};

// What the trainer's uploader does: upload_file with boto3's defaults.
const BOTO3 = `
import json, os, sys, boto3
s3 = boto3.client("s3", endpoint_url=sys.argv[1])
bucket, what, args = sys.argv[2], sys.argv[3], sys.argv[4:]
if what == "put": s3.upload_file(args[0], bucket, args[1])
if what == "get": s3.download_file(bucket, args[0], args[1])
if what == "range":
    etag = s3.head_object(Bucket=bucket, Key=args[0])["ETag"]
    body = s3.get_object(Bucket=bucket, Key=args[0], Range=args[1], IfMatch=etag)["Body"].read()
    open(args[2], "ab" if args[1].endswith("-") else "wb").write(body)
if what == "abort": s3.abort_multipart_upload(Bucket=bucket, Key=args[0], UploadId=args[1])
if what == "list":
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=args[0])
    print(json.dumps([entry["Key"] for page in pages for entry in page.get("Contents", [])]))
if what == "remove": s3.delete_object(Bucket=bucket, Key=args[0])
`;

const boto3: ClientMaker = (job, { endpoint, caFile }) => {
  const env = awsEnvironment(job, caFile);
  const python = (...args: string[]): Promise<string> =>
    run('python3', ['-c', BOTO3, endpoint, job.jobId, ...args], env);
  return {
    put: (file, key) => python('put', file, key),
    get: (key, file) => python('get', key, file),
    range: (key, first, last, file) => python('range', key, `bytes=${first}-${last}`, file),
    resume: (key, file) => python('range', key, `bytes=${statSync(file).size}-`, file),
    abort: (key, uploadId) => python('abort', key, uploadId),
    list: async (prefix) => JSON.parse(await python('list', prefix)) as string[],
    remove: (key) => python('remove', key),
  };
};

const rclone: ClientMaker = (job, { endpoint, caFile }) => {
  const env = {
    RCLONE_CONFIG_HOME_TYPE: 's3',
    RCLONE_CONFIG_HOME_PROVIDER: 'Other',
    RCLONE_CONFIG_HOME_ENDPOINT: endpoint,
    RCLONE_CONFIG_HOME_ACCESS_KEY_ID: job.accessKeyId,
    RCLONE_CONFIG_HOME_SECRET_ACCESS_KEY: job.secretAccessKey,
    RCLONE_CONFIG: '/dev/null',
    ...(caFile !== undefined && { RCLONE_CA_CERT: caFile }),
  };
  const remote = (key: string): string => `home:${job.jobId}/${key}`;
  const call = (...args: string[]): Promise<string> => run('rclone', ['--retries', '1', ...args], env);
  return {
    put: (file, key) => call('copyto', file, remote(key)),
    get: (key, file) => call('copyto', remote(key), file),
    range: async (key, first, last, file) => {
      const wish = ['--offset', String(first), '--count', String(last - first + 1)];
      writeFileSync(file, await bytesFrom('rclone', ['cat', ...wish, remote(key)], env));
    },
    // It downloads anew by itself; what it offers to go on with one is `cat` from where it ended.
    resume: async (key, file) => {
      const rest = await bytesFrom('rclone', ['cat', '--offset', String(statSync(file).size), remote(key)], env);
      appendFileSync(file, rest);
    },
    // It knows no single upload: those of the bucket that are older than this are given up.
    abort: () => call('backend', 'cleanup', '-o', 'max-age=0s', `home:${job.jobId}`),
    list: async (prefix) => {
      const text = await call('lsf', '--recursive', '--files-only', `home:${job.jobId}`);
      return text.split('\n').filter((key) => key !== '' && key.startsWith(prefix));
    },
    remove: (key) => call('deletefile', remote(key)),
  };
};

const s3cmd: ClientMaker = (job, { endpoint, caFile }) => {
  const { host, pathname, protocol } = new URL(endpoint);
  const address = `${host}${pathname}`;
  const config = join(mkdtempSync(join(tmpdir(), 's3cmd-')), 'config');
  writeFileSync(config, '[default]\n');
  const own = [
    ...['--config', config, '--access_key', job.accessKeyId, '--secret_key', job.secretAccessKey],
    ...['--host', address, '--host-bucket', address, '--quiet', '--no-check-md5'],
    ...(protocol === 'https:' ? ['--ssl'] : ['--no-ssl']),
    ...(caFile === undefined ? [] : ['--ca-certs', caFile]),
  ];
  const call = (...args: string[]): Promise<string> => run('s3cmd', [...own, ...args]);
  const remote = (key: string): string => `s3://${job.jobId}/${key}`;
  return {
    put: (file, key) => call('put', file, remote(key)),
    get: (key, file) => call('get', '--force', remote(key), file),
    resume: (key, file) => call('get', '--continue', remote(key), file),
    abort: (key, uploadId) => call('abortmp', remote(key), uploadId),
    list: async (prefix) => {
      const text = await run('s3cmd', [
        ...own.filter((option) => option !== '--quiet'),
        'ls',
        '--recursive',
        remote(prefix),
      ]);
      return text
        .split('\n')
        .map((line) => line.split(`s3://${job.jobId}/`)[1] ?? '')
        .filter((key) => key !== '');
    },
    remove: (key) => call('del', remote(key)),
  };
};

export const clients: Readonly<Record<string, ClientMaker>> = {
  'AWS SDK for JS v3': sdk,
  'aws-cli': awsCli,
  boto3,
  rclone,
  s3cmd,
};
