import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { s3Client, startJob, type StorageJob } from '../support/storage-job.js';
import { readZip } from '../support/zip.js';
import { ConsoleBrowser } from './support/browser.js';
import { bytesOf } from './support/downloads.js';
import { World } from './support/world.js';

const PART_BYTES = 16 * 1024 * 1024;
const PIECE_BYTES = 32 * 1024;
/** What a slow line needs for one piece: at this pace a part takes half a minute. */
const PIECE_MS = 60;

describe('the files of a job in the console', () => {
  let world: World;
  let browser: ConsoleBrowser;
  let page: Page;
  let job: StorageJob;
  let s3: S3Client;
  beforeAll(async () => {
    [world, browser] = await Promise.all([
      World.start({ SIMPLETUNER_UPLOAD_STALL_SECONDS: '2' }),
      ConsoleBrowser.open(),
    ]);
    job = await startJob(world.server);
    s3 = s3Client(job);
    page = await browser.newPage();
    await page.goto(world.at(`/cloud/jobs/${job.jobId}`));
    await page.getByText('Live', { exact: true }).waitFor();
  });
  afterAll(async () => {
    await browser.close();
    await world.stop();
  });
  afterEach(() => {
    expect(browser.complaints).toEqual([]);
  });

  it('shows a slow upload in parts as it arrives, that it has stalled, and the file once it is whole', async () => {
    const files = page.getByRole('region', { name: 'Files' });
    const receiving = files.getByRole('status').filter({ hasText: 'run/model.safetensors' });
    const shownMiB = async () => Number(/([\d.]+) MiB ·/.exec(await receiving.innerText())?.[1] ?? '0');
    const model = randomBytes(2 * PART_BYTES);
    const at = { Bucket: job.jobId, Key: 'run/model.safetensors' };
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(at));
    const part = (PartNumber: number, Body: Buffer | Readable) =>
      s3.send(new UploadPartCommand({ ...at, UploadId, PartNumber, Body, ContentLength: PART_BYTES }));

    const line = { isSlow: true };
    const first = part(1, slowly(model.subarray(0, PART_BYTES), line));
    await receiving.getByText(/ [KM]iB\/s$/).waitFor();
    await files.getByRole('progressbar', { name: 'Receiving' }).waitFor();
    const before = await shownMiB();
    await expect.poll(shownMiB).toBeGreaterThan(before);
    expect(await files.getByText('Files appear here as the job delivers them').count()).toBe(1);
    line.isSlow = false;
    const parts = [await first];

    await files.getByText(/^Uploads have stalled: nothing has arrived since/).waitFor();
    // Told wherever one is.
    await page
      .getByText(/run\/model\.safetensors is not complete$/)
      .first()
      .waitFor();
    parts.push(await part(2, model.subarray(PART_BYTES)));
    await expect.poll(() => files.getByText(/^Uploads have stalled/).count()).toBe(0);
    const Parts = parts.map(({ ETag }, index) => ({ ETag, PartNumber: index + 1 }));
    await s3.send(new CompleteMultipartUploadCommand({ ...at, UploadId, MultipartUpload: { Parts } }));
    await files.getByRole('row', { name: /run\/model\.safetensors 32\.0 MiB/ }).waitFor();
    await files.getByText('1 file, 32.0 MiB').waitFor();
    await expect.poll(() => receiving.count()).toBe(0);

    const downloading = page.waitForEvent('download');
    await files.getByRole('button', { name: 'Download run/model.safetensors' }).click();
    expect((await bytesOf(await downloading)).equals(model)).toBe(true);
  });

  it('hands over all of them as one archive, and has them read again', async () => {
    await s3.send(new PutObjectCommand({ Bucket: job.jobId, Key: 'notes.txt', Body: 'seen' }));
    const files = page.getByRole('region', { name: 'Files' });
    await files.getByText('notes.txt', { exact: true }).waitFor();
    const downloading = page.waitForEvent('download');
    await files.getByRole('button', { name: 'Download all' }).click();
    const download = await downloading;
    expect(download.suggestedFilename()).toBe(`${job.jobId}.zip`);
    const names = readZip(await bytesOf(download)).map(({ name }) => name);
    expect(names).toEqual(
      ['notes.txt', 'run/model.safetensors', 'MANIFEST.json'].map((name) => `${job.jobId}/${name}`),
    );
    await files.getByRole('button', { name: 'Verify' }).click();
    await files.getByText('All 2 files are as they arrived; 32.0 MiB read.').waitFor();
  });

  it('folds a long timeline after the newest entries until one asks for the rest', async () => {
    const count = 32;
    for (let number = 0; number < count; number += 1)
      await s3.send(new PutObjectCommand({ Bucket: job.jobId, Key: `steps/${number}.txt`, Body: `${number}` }));
    const timeline = page.getByRole('region', { name: 'Timeline' });
    const entries = timeline.getByRole('listitem');
    const unfold = timeline.getByRole('button', { name: /^Show all \d+$/ });
    await unfold.waitFor();
    expect(await entries.count()).toBe(30);
    const all = Number(/\d+/.exec(await unfold.innerText())?.[0]);
    expect(all).toBeGreaterThan(count);
    await unfold.click();
    await expect.poll(() => entries.count()).toBe(all);
    // The oldest one, too: where the job began.
    await entries
      .last()
      .getByText(/Queued|Pending/)
      .waitFor();
    expect(await unfold.count()).toBe(0);
  });
});

/** A body that comes piece by piece until the line is no longer slow. */
function slowly(body: Buffer, line: { readonly isSlow: boolean }): Readable {
  async function* pieces() {
    for (let offset = 0; offset < body.length; offset += PIECE_BYTES) {
      if (line.isSlow) await pause(PIECE_MS);
      yield body.subarray(offset, offset + PIECE_BYTES);
    }
  }
  return Readable.from(pieces(), { objectMode: false });
}
