/**
 * The log of a process: JSON lines of a fixed form (or text for people) with level, source position and the context of the
 * request they belong to. Secrets are taken out by name, by form and by value; equal warnings are counted instead of
 * repeated. `configureLogging` once, then `getLogger(module)`; `pinoLogger` serves libraries that want pino.
 */
export {
  currentCorrelationId,
  currentLogContext,
  withLogContext,
  withoutLogContext,
  type LogFields,
} from './context.js';
export { levels, type Level } from './levels.js';
export { getLogger, getLoggerOfOneSite, Logger } from './logger.js';
export { pinoLogger } from './pino-root.js';
export { isSecretName, redactText } from './redact.js';
export { registerSecret } from './secrets.js';
export { stackInSource } from './source-maps.js';
export { closeLogs, configureLogging, logLevel, reopenLogs, setLogLevel, type LoggingOptions } from './settings.js';
