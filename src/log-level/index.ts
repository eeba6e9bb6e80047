export { LogLevelModule } from './log-level.module.js';
