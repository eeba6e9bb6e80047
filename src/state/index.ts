export { StateModule } from './state.module.js';
export { StateWatch } from './state-watch.js';
