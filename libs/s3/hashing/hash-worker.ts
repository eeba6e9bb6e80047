import { Worker } from 'node:worker_threads';

/**
 * The worker's program, as text: so it runs the same from the compiled product and from the TypeScript sources, which
 * Node 20 cannot load in a thread. It says again in plain JavaScript what `MultiHasher` does; a spec holds the two
 * together for every algorithm. One set of hashers per upload, fed through shared memory, answers in the order of the orders.
 * Small files come as a whole and several at a time; the answer comes when all of them are durable.
 */
const program = `
const { createRequire } = require('node:module');
const { parentPort, workerData } = require('node:worker_threads');
const load = createRequire(workerData.base);
const { createHash } = load('node:crypto');
const { closeSync, fdatasync, fstatSync, fsync, openSync, unlinkSync, writeSync } = load('node:fs');
const { dirname } = load('node:path');
const { promisify } = load('node:util');
const { crc32 } = load('node:zlib');
const { crc32c } = load('@node-rs/crc32');
const { Crc64Nvme } = load('@aws-sdk/crc64-nvme');

const crcHasher = (crc) => {
  let value = 0;
  return {
    update(bytes) { value = crc(bytes, value); },
    digest() { const digest = Buffer.alloc(4); digest.writeUInt32BE(value); return digest; },
  };
};
const makers = {
  md5: () => createHash('md5'),
  sha1: () => createHash('sha1'),
  sha256: () => createHash('sha256'),
  crc32: () => crcHasher(crc32),
  crc32c: () => crcHasher(crc32c),
  crc64nvme: () => new Crc64Nvme(),
};

const uploads = new Map();
const orders = {
  start({ id, algorithms }) {
    uploads.set(id, algorithms.map((algorithm) => [algorithm, makers[algorithm]()]));
  },
  update({ id, slab, length }) {
    const bytes = Buffer.from(slab, 0, length);
    for (const [, hasher] of uploads.get(id)) hasher.update(bytes);
    parentPort.postMessage({ id });
  },
  async digest({ id }) {
    const hashers = uploads.get(id);
    uploads.delete(id);
    const digests = {};
    for (const [algorithm, hasher] of hashers) digests[algorithm] = new Uint8Array(await hasher.digest());
    parentPort.postMessage({ id, digests });
  },
  drop({ id }) {
    uploads.delete(id);
  },
  async files({ id, files }) {
    const made = await Promise.all(files.map(makeFile));
    parentPort.postMessage({ id, made });
  },
};
const makeFile = async ({ algorithms, pieces, path, flags, mode }) => {
  let file;
  let synced;
  try {
    file = openSync(path, flags, mode);
    for (const piece of pieces) writeAll(file, piece);
    synced = Promise.allSettled([sync(file), syncFolder(dirname(path))]);
    const digests = await digestsOf(algorithms, pieces);
    for (const { status, reason } of await synced) if (status === 'rejected') throw reason;
    const { ino, mtimeNs } = fstatSync(file, { bigint: true });
    return { digests, ino, mtimeNs };
  } catch ({ message, code, syscall }) {
    if (file !== undefined) unlinkSync(path);
    return { fault: { message, code, syscall } };
  } finally {
    // Nothing works any more on the file that is closed: its number will be another's.
    await synced;
    if (file !== undefined) closeSync(file);
  }
};
const writeAll = (file, bytes) => {
  for (let written = 0; written < bytes.length; ) written += writeSync(file, bytes, written);
};
const digestsOf = async (algorithms, pieces) => {
  const digests = {};
  for (const algorithm of algorithms) {
    const hasher = makers[algorithm]();
    for (const piece of pieces) hasher.update(piece);
    digests[algorithm] = new Uint8Array(await hasher.digest());
  }
  return digests;
};
// Whoever comes before the sync has begun shares it.
const coming = new Map();
const syncFolder = (folder) => {
  let one = coming.get(folder);
  if (!one) {
    one = new Promise((resolve) => setImmediate(resolve)).then(async () => {
      coming.delete(folder);
      const file = openSync(folder, 'r');
      await promisify(fsync)(file).finally(() => closeSync(file));
    });
    coming.set(folder, one);
  }
  return one;
};
const sync = promisify(fdatasync);
parentPort.on('message', (order) => void orders[order.kind](order));
`;

export function startHashWorker(): Worker {
  return new Worker(program, { eval: true, execArgv: [], workerData: { base: import.meta.url } });
}
