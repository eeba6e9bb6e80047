import { fetchRaw } from './client';
import { apiKey } from './credentials';

/** A file that a job has delivered. */
export interface JobObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly modifiedAt: string;
}

export interface ObjectPage {
  readonly objects: readonly JobObject[];
  readonly next: string | undefined;
}

const PAGE_SIZE = 500;

/** One page of a job's files, by the S3 listing that every other client uses, too. */
export async function listObjects(jobId: string, after: string | undefined, signal: AbortSignal): Promise<ObjectPage> {
  const query = new URLSearchParams({ 'list-type': '2', 'max-keys': String(PAGE_SIZE) });
  if (after !== undefined) query.set('continuation-token', after);
  const response = await fetchRaw(`/api/cloud/storage/${jobId}?${query.toString()}`, { signal });
  const xml = new DOMParser().parseFromString(await response.text(), 'application/xml');
  const objects = [...xml.querySelectorAll('Contents')].map((entry) => ({
    key: textOf(entry, 'Key'),
    sizeBytes: Number(textOf(entry, 'Size')),
    modifiedAt: textOf(entry, 'LastModified'),
  }));
  return { objects, next: textOf(xml, 'NextContinuationToken') || undefined };
}

function textOf(parent: ParentNode, name: string): string {
  return parent.querySelector(name)?.textContent ?? '';
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

/** Saves a file where the browser saves files. With a key it passes through memory, as links carry none. */
export async function saveFile(path: string, name: string): Promise<void> {
  if (apiKey() === null) {
    clickLink(path, name);
    return;
  }
  const address = URL.createObjectURL(await (await fetchRaw(path)).blob());
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
