export { currentCorrelationId, currentLogContext, withLogContext, type LogFields } from './context.js';
export { levels, type Level } from './levels.js';
export { getLogger, Logger } from './logger.js';
export { pinoLogger } from './pino-root.js';
export { isSecretName, redactText } from './redact.js';
export { registerSecret } from './secrets.js';
export { closeLogs, configureLogging, logLevel, reopenLogs, setLogLevel, type LoggingOptions } from './settings.js';
