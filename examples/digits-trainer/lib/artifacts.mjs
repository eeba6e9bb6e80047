// @ts-check
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * What the run leaves behind: files in its folder, which go to the bucket one after the other while training goes on.
 */
export class Artifacts {
  /** @type {Map<string, { size: number, sha256: string }>} by key */
  #files = new Map();
  /** @type {Promise<void>} */
  #uploads = Promise.resolve();
  /** @type {unknown} */
  #failure = null;

  /**
   * @param {string} directory
   * @param {import('./uploader.mjs').Uploader | null} uploader
   * @param {(line: string) => void} log
   * @param {AbortSignal} cutOff ends the uploads
   */
  constructor(directory, uploader, log, cutOff) {
    this.directory = directory;
    this.uploader = uploader;
    this.log = log;
    this.cutOff = cutOff;
  }

  /**
   * Writes a file and queues its upload.
   * @param {string} key also the path below the folder; used once, because the upload reads the file later
   * @param {Buffer} bytes
   * @throws the error of an earlier upload: training on for results that cannot be kept is a waste. The file itself is there
   */
  async add(key, bytes) {
    const path = join(this.directory, key);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, bytes);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    this.#files.set(key, { size: bytes.length, sha256 });
    this.#throwFailure();
    const uploader = this.uploader;
    if (!uploader) return;
    this.#uploads = this.#uploads
      .then(async () => {
        if (this.#failure !== null) return;
        await uploader.upload(path, key, this.cutOff);
        this.log(`[UPLOAD] ${key} ${String(bytes.length)} bytes sha256=${sha256}`);
      })
      .catch((/** @type {unknown} */ error) => {
        this.#failure ??= error;
      });
  }

  /** Waits for the uploads queued so far. @throws the first error among them */
  async settle() {
    await this.#uploads;
    this.#throwFailure();
  }

  /**
   * The list of all files so far, with which a receiver can check what arrived.
   * @param {string} jobId
   * @returns {Buffer} JSON
   */
  manifest(jobId) {
    const files = [...this.#files].map(([key, file]) => ({ key, ...file }));
    return Buffer.from(`${JSON.stringify({ job_id: jobId, created_at: new Date().toISOString(), files }, null, 2)}\n`);
  }

  #throwFailure() {
    if (this.#failure !== null) throw this.#failure;
  }
}
