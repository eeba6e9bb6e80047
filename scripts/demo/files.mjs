// @ts-check
import { XMLParser } from 'fast-xml-parser';

/** What the demo found of one file. @typedef {{ key: string, size: number, sha256: string, parts: number, problem: string }} ArrivedFile */

/**
 * Reads back every object of a job through the S3 endpoint and compares it with the trainer's own manifest.
 * @param {import('./api.mjs').Api} api
 * @param {string} jobId
 * @returns {Promise<{ files: ArrivedFile[], problems: string[] }>} `problems`: of files that never came, or that nobody knows
 */
export async function readFilesBack(api, jobId) {
  const listed = await listObjects(api, jobId);
  const manifest = JSON.parse((await api.download(jobId, 'manifest.json')).bytes.toString());
  /** @type {Map<string, { size: number, sha256: string }>} */
  const promised = new Map(manifest.files.map((/** @type {{ key: string }} */ file) => [file.key, file]));
  const files = [];
  for (const { key, etag } of listed) {
    const { size, sha256 } = await api.download(jobId, key);
    const wanted = promised.get(key);
    const isSame = wanted ? wanted.size === size && wanted.sha256 === sha256 : key === 'manifest.json';
    const problem = isSame ? '' : wanted ? 'differs from what the trainer sent' : 'not in the manifest';
    files.push({ key, size, sha256, parts: Number(/-(\d+)"?$/.exec(etag)?.[1] ?? 1), problem });
  }
  const keys = new Set(listed.map(({ key }) => key));
  const missing = [...promised.keys()].filter((key) => !keys.has(key));
  return { files, problems: missing.map((key) => `${key} is in the trainer's manifest but did not arrive`) };
}

/**
 * @param {import('./api.mjs').Api} api
 * @param {string} jobId
 * @returns {Promise<{ key: string, etag: string }[]>}
 */
async function listObjects(api, jobId) {
  const parser = new XMLParser({ parseTagValue: false, isArray: (name) => name === 'Contents' });
  const { ListBucketResult: list } = parser.parse(await api.text(`/api/cloud/storage/${jobId}?list-type=2`));
  if (list.IsTruncated === 'true') throw new Error('the job has more files than the demo expects');
  return (list.Contents ?? []).map((/** @type {Record<string, string>} */ object) => ({
    key: object['Key'] ?? '',
    etag: (object['ETag'] ?? '').replaceAll('&quot;', '"'),
  }));
}

/**
 * Compares with the server's own manifest, where the server keeps one.
 * @param {import('./api.mjs').Api} api
 * @param {string} jobId
 * @param {ArrivedFile[]} files
 * @returns {Promise<string[] | undefined>} what differs; undefined when there is no manifest to ask for
 */
export async function compareWithServerManifest(api, jobId, files) {
  let manifest;
  try {
    manifest = await api.get(`/api/cloud/jobs/${jobId}/manifest`);
  } catch (error) {
    if (error instanceof Error && 'status' in error && error.status === 404) return undefined;
    throw error;
  }
  /** @type {Map<string, { size: number, sha256: string }>} */
  const kept = new Map(manifest.files.map((/** @type {{ key: string }} */ file) => [file.key, file]));
  return files
    .filter(({ key, size, sha256 }) => kept.get(key)?.size !== size || kept.get(key)?.sha256 !== sha256)
    .map(({ key }) => `${key} differs from the server's manifest`);
}
