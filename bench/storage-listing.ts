// A page of 1,000 keys from a bucket of 10⁶ objects against one of 10⁴: a page costs the page, not the bucket.
import Database from 'better-sqlite3';
import { join } from 'node:path';
import { ServerProcess } from '../test/support/server.js';
import { startJob, type StorageJob } from '../test/support/storage-job.js';
import { measure, median } from './support/load.js';
import type { Report } from './support/report.js';
import { Body, S3Load } from './support/s3-load.js';

const rounds = 5;
const pagesPerRound = 8;
const folders = 1_000;
const sizes = { small: 10_000, large: 1_000_000 } as const;

/** Objects evenly over the folders, as rows of the index alone: a listing reads no files. */
function fillIndex(home: string, jobId: string, objects: number): void {
  const database = new Database(join(home, 'config', 'cloud', 'jobs.db'));
  try {
    database
      .prepare(
        `WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < $objects)
         INSERT INTO storage_objects (job_id, object_key, blob, bytes, etag, sha256, metadata, checksum, last_modified_ms)
         SELECT $jobId, CAST(printf('run/%04d/%06d.bin', n % $folders, n) AS BLOB), printf('%s-%d', $jobId, n), 65536,
           '8f14e45fceea167a5a36dedd4bea2543', '0', metadata, checksum, last_modified_ms + n
         FROM numbers JOIN storage_objects AS sample ON sample.job_id = $jobId ORDER BY 2`,
      )
      .run({ objects, folders, jobId });
  } finally {
    database.close();
  }
}

async function bucketOf(server: ServerProcess, objects: number): Promise<StorageJob> {
  const job = await startJob(server, { s3_rate_limit_max: 1_000_000 });
  const load = loadOf(server, job, '');
  await load.put('/sample', new Body(1_024));
  load.close();
  fillIndex(server.home, job.jobId, objects);
  return job;
}

function loadOf(server: ServerProcess, job: StorageJob, query: string): S3Load {
  const path = new URL(job.endpoint).pathname;
  return new S3Load({ origin: server.ops, prefix: `${path}/${job.jobId}`, query, credentials: job });
}

/** Milliseconds per page of each bucket, in turns so that both meet the same weather. Round -1 warms up. */
async function pageMs(loads: readonly S3Load[]): Promise<number[]> {
  const found: number[][] = loads.map(() => []);
  for (let round = -1; round < rounds; round += 1) {
    for (const [side, load] of loads.entries()) {
      const { perSecond } = await measure(1, pagesPerRound, async () => {
        await load.get('');
      });
      if (round >= 0) found[side]?.push(1_000 / perSecond);
    }
  }
  return found.map(median);
}

export async function run(report: Report): Promise<void> {
  const server = await ServerProcess.start();
  try {
    const jobs = [await bucketOf(server, sizes.small), await bucketOf(server, sizes.large)];
    const queries = {
      'page of 1,000 keys, 10⁶ objects against 10⁴': 'list-type=2&max-keys=1000&start-after=run%2F0500%2F',
      'page of 1,000 folders, 10⁶ objects against 10⁴': 'delimiter=%2F&list-type=2&max-keys=1000&prefix=run%2F',
    };
    for (const [figure, query] of Object.entries(queries)) {
      const loads = jobs.map((job) => loadOf(server, job, query));
      const [small, large = NaN] = await pageMs(loads);
      for (const load of loads) load.close();
      report({ figure, ours: large, peer: small, unit: 'ms', bar: { of: 'ratio', atMost: 1.5 } });
    }
  } finally {
    await server.dispose();
  }
}
