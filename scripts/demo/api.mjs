// @ts-check
import { createHash } from 'node:crypto';

/** An answer that says no. */
export class ApiError extends Error {
  /**
   * @param {string} call
   * @param {number} status
   * @param {string} detail
   */
  constructor(call, status, detail) {
    super(`${call} was answered with ${String(status)}: ${detail}`);
    this.status = status;
  }
}

/** The server's HTTP API, as anybody on this machine may call it. */
export class Api {
  /** @param {string} origin */
  constructor(origin) {
    this.origin = origin;
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   * @returns {Promise<any>} the answer's JSON
   * @throws {ApiError}
   */
  async call(method, path, body) {
    const response = await this.#request(method, path, body);
    return response.json();
  }

  /** @param {string} path */
  get(path) {
    return this.call('GET', path);
  }

  /**
   * @param {string} path
   * @returns {Promise<string>}
   */
  async text(path) {
    return (await this.#request('GET', path)).text();
  }

  /**
   * Reads an object of a job through the S3 endpoint.
   * @param {string} jobId
   * @param {string} key
   * @returns {Promise<{ size: number, sha256: string, bytes: Buffer }>}
   */
  async download(jobId, key) {
    const path = key.split('/').map(encodeURIComponent).join('/');
    const response = await this.#request('GET', `/api/cloud/storage/${jobId}/${path}`);
    const bytes = Buffer.from(await response.arrayBuffer());
    return { bytes, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {object} [body]
   */
  async #request(method, path, body) {
    const init = body && { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(this.origin + path, { method, ...init, signal: AbortSignal.timeout(60_000) });
    if (response.ok) return response;
    const text = await response.text();
    throw new ApiError(`${method} ${path}`, response.status, detailOf(text));
  }
}

/** @param {string} text the body of an error: the API's JSON, or S3's XML */
function detailOf(text) {
  try {
    return String(JSON.parse(text).detail);
  } catch {
    return text.slice(0, 500);
  }
}
