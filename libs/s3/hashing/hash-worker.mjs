// The worker behind HashPool: one MultiHasher per upload, fed through shared memory, answering in the order of the orders.
import { parentPort } from 'node:worker_threads';
import { MultiHasher } from './hashers.mjs';

const hashers = new Map();

const orders = {
  start({ id, algorithms }) {
    hashers.set(id, new MultiHasher(algorithms));
  },
  update({ id, slab, length }) {
    hashers.get(id).update(Buffer.from(slab, 0, length));
    parentPort.postMessage({ id });
  },
  async digest({ id }) {
    const hasher = hashers.get(id);
    hashers.delete(id);
    parentPort.postMessage({ id, digests: await hasher.digest() });
  },
  drop({ id }) {
    hashers.delete(id);
  },
};

parentPort.on('message', (order) => void orders[order.kind](order));
