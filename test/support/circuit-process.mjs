// One of several processes around a circuit breaker: node circuit-process.mjs <state backend as JSON>.
// Each message is an outcome to report of one call (true, false) or null to enter only; the answer is what `enter` said.
import { SystemClock } from '../../dist/libs/clock/index.js';
import { CircuitBreaker } from '../../dist/libs/outbound/index.js';
import { openStateBackend } from '../../dist/libs/state/index.js';

const clock = new SystemClock();
const { store } = await openStateBackend({ ...JSON.parse(process.argv[2]), poolSize: 2, timeoutMs: 30_000, clock });
const breaker = new CircuitBreaker('replicate', store, clock);
process.on('message', async (outcome) => {
  const entry = await breaker.enter();
  const isAdmitted = !('retryAfterMs' in entry);
  if (isAdmitted && outcome !== null) await entry.end(outcome);
  process.send({ isAdmitted, report: await breaker.report() });
});
process.send('ready');
