/**
 * Background work of a server process. A `Loop` repeats a piece of work, at an interval and when woken; a `Lifecycle` starts
 * and stops all workers in order, says when the process drains, and knows which worker has fallen silent. A `SharedRun` is done
 * once for all who ask for it meanwhile.
 */
export { Lifecycle, type Worker } from './lifecycle.js';
export { Loop, type LoopOptions } from './loop.js';
export { SharedRun } from './shared-run.js';
