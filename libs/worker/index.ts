/**
 * Background work of a server process. A `Loop` repeats a piece of work, at an interval and when woken; a `Lifecycle` starts
 * and stops all workers in order, says when the process drains, and knows which worker has fallen silent.
 */
export { Lifecycle, type Worker } from './lifecycle.js';
export { Loop, type LoopOptions } from './loop.js';
