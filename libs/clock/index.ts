export { Clock, SystemClock, type Stoppable } from './clock.js';
export { ManualClock } from './manual-clock.js';
