import { answered, api, fetchRaw } from './client';
import { apiKey } from './credentials';
import type { components } from './schema';

/** A file that a job has delivered. */
export type JobObject = components['schemas']['FileView'];

type FilePage = components['schemas']['FilePageView'];

const PAGE_SIZE = 500;
/** Of a link to one file: long enough for a browser that asks where to save. */
const LINK_SECONDS = 900;

/** All files of a job, page after page. */
export async function listObjects(jobId: string, signal: AbortSignal): Promise<JobObject[]> {
  const objects: JobObject[] = [];
  let cursor: string | null = null;
  do {
    const query: { limit: number; cursor?: string } = { limit: PAGE_SIZE, ...(cursor !== null && { cursor }) };
    const page: FilePage = await answered(
      api.GET('/api/cloud/jobs/{id}/files', { params: { path: { id: jobId }, query }, signal }),
    );
    objects.push(...page.files);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return objects;
}

export function objectPath(jobId: string, key: string): string {
  return `/api/cloud/storage/${jobId}/${key.split('/').map(encodeURIComponent).join('/')}`;
}

/** The beginning of a text file, at most `bytesMax` of it. */
export async function readText(jobId: string, key: string, bytesMax: number, signal: AbortSignal): Promise<string> {
  const headers = { Range: `bytes=0-${bytesMax - 1}` };
  return (await fetchRaw(objectPath(jobId, key), { headers, signal })).text();
}

/** An address at which an <img> finds the object: links carry no key, so with one the bytes are fetched first. */
export async function imageAddress(jobId: string, key: string, signal: AbortSignal): Promise<string> {
  if (apiKey() === null) return objectPath(jobId, key);
  return URL.createObjectURL(await (await fetchRaw(objectPath(jobId, key), { signal })).blob());
}

/** Saves a file of a job, however large: where a link would carry no key, by one that is signed for a while. */
export async function saveObject(jobId: string, key: string): Promise<void> {
  const name = key.split('/').at(-1) ?? key;
  if (apiKey() === null) {
    clickLink(objectPath(jobId, key), name);
    return;
  }
  const params = { path: { id: jobId, key } };
  const body = { expires_in_seconds: LINK_SECONDS, attachment: true };
  const { url } = await answered(api.POST('/api/cloud/jobs/{id}/files/{key}/url', { params, body }));
  clickLink(url, name);
}

/** Saves what the API answers. With a key it passes through memory, as links carry none. */
export async function saveFile(path: string, name: string): Promise<void> {
  if (apiKey() === null) {
    clickLink(path, name);
    return;
  }
  saveBlob(await (await fetchRaw(path)).blob(), name);
}

/** Saves what is in memory. */
export function saveBlob(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  clickLink(address, name);
  // The browser has taken hold of the bytes by the next turn of its loop.
  setTimeout(() => URL.revokeObjectURL(address));
}

function clickLink(href: string, name: string): void {
  const link = document.createElement('a');
  link.href = href;
  link.download = name;
  link.click();
}
