export { Lifecycle, type Worker } from './lifecycle.js';
export { Loop, type LoopOptions } from './loop.js';
