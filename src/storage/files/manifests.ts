import { Injectable } from '@nestjs/common';
import { Clock } from '#libs/clock';
import { HashPool } from '#libs/s3';
import { ManifestWriter, type ManifestFile } from '#libs/manifest';
import { Keyring } from '../../config/index.js';
import { ObjectReader } from '../object-reader.js';
import type { StoredObject } from '../object.js';
import { sha256Of } from '../proof.js';
import { JobFiles } from './job-files.js';

/** What became of a file since it arrived. */
export type FileState = 'ok' | 'missing' | 'different';

/** The signed list of a job's files, and whether the bytes still are what it says. */
@Injectable()
export class Manifests {
  constructor(
    private readonly files: JobFiles,
    private readonly reader: ObjectReader,
    private readonly pool: HashPool,
    private readonly keyring: Keyring,
    private readonly clock: Clock,
  ) {}

  writer(jobId: string): ManifestWriter {
    return new ManifestWriter(jobId, this.keyring.signingKey());
  }

  /** The manifest in pieces, as of the time at which each of its files is read. */
  async *write(jobId: string): AsyncGenerator<string, undefined> {
    const writer = this.writer(jobId);
    yield writer.begin();
    for await (const object of this.files.walk(jobId)) yield writer.add(manifestFileOf(object));
    yield writer.end(this.clock.now());
    return undefined;
  }

  /** Re-reads every byte of a job: a JSON document in pieces that says of each file whether it is what arrived. */
  async *verify(jobId: string, signal: AbortSignal): AsyncGenerator<string, undefined> {
    const counts: Record<FileState, number> = { ok: 0, missing: 0, different: 0 };
    let bytes = 0;
    let comma = '';
    yield `{"job_id":${JSON.stringify(jobId)},"files":[`;
    for await (const object of this.files.walk(jobId)) {
      const state = await this.stateOf(object, signal);
      // Deleted or replaced while it was being read: there is no such version any more to say something of.
      if (state === undefined) continue;
      counts[state] += 1;
      bytes += object.bytes;
      yield `${comma}\n${JSON.stringify({ key: object.key, size: object.bytes, sha256: object.sha256, state })}`;
      comma = ',';
    }
    const isIntact = counts.missing + counts.different === 0;
    const verdict = {
      ok: isIntact,
      file_count: counts.ok + counts.missing + counts.different,
      total_bytes: bytes,
      counts,
    };
    yield `\n],${JSON.stringify({ ...verdict, verified_at: new Date(this.clock.now()).toISOString() }).slice(1)}\n`;
    return undefined;
  }

  /** Undefined when the version has been replaced or removed meanwhile. */
  async stateOf(object: StoredObject, signal?: AbortSignal): Promise<FileState | undefined> {
    const blob = await this.reader.openVersion(object);
    if (blob === 'replaced') return undefined;
    if (!blob) return 'missing';
    try {
      const found = await sha256Of(blob, object.bytes, this.pool, signal);
      const isLonger = (await blob.read(Buffer.allocUnsafe(1), object.bytes)) > 0;
      if (found === object.sha256 && !isLonger) return 'ok';
      return (await this.reader.isCurrent(object)) ? 'different' : undefined;
    } finally {
      await blob.close();
    }
  }
}

export function manifestFileOf({ key, bytes, sha256, etag, lastModifiedMs }: StoredObject): ManifestFile {
  return { key, size: bytes, sha256, etag, last_modified: new Date(lastModifiedMs).toISOString() };
}
