// One of several processes that hit the same key: node state-worker.mjs <compiled libraries> <backend options> <burst>
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [libraries, options, burst] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(join(libraries, name, 'index.js')).href);
const { SystemClock } = await load('clock');
const { openStateBackend } = await load('state');
const backend = await openStateBackend({ ...JSON.parse(options), clock: new SystemClock() });
const { key, limit, windowMs, hits } = JSON.parse(burst);

process.send('ready');
await once(process, 'message');
const answers = await Promise.all(Array.from({ length: hits }, () => backend.window.hit(key, limit, windowMs)));
process.send(answers.filter(({ allowed }) => allowed).length);
