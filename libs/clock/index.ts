/**
 * Time as something that is given: programs take a `Clock` and ask it for the time, sleeps and timers, so that tests move
 * time (`ManualClock`) instead of waiting for it.
 */
export { Clock, SystemClock, type Stoppable } from './clock.js';
export { ManualClock } from './manual-clock.js';
export { SharedAnswers, type SharedAnswersLimits } from './shared-answers.js';
