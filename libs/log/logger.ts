import { currentLogContext, type LogFields } from './context.js';
import type { Level } from './levels.js';
import { merged } from './merge.js';
import { Entry, loggerName, root } from './pino-root.js';
import { active, isWritten } from './settings.js';
import { sourceOfCaller, type Source } from './source.js';

type Extra = LogFields | Error;

/**
 * Writes lines of one module. No call ever throws or waits. `extra` is redacted by name and by value; an error in it
 * is written with its stack.
 */
export class Logger {
  private site: Source | undefined;

  constructor(
    readonly name: string,
    private readonly hasOneSite = false,
  ) {}

  /** For a developer who looks for a fault. */
  debug(message: string, extra?: Extra): void {
    if (isWritten('DEBUG')) write('DEBUG', this.name, message, this.site ?? this.place(sourceOfCaller()), extra);
  }

  /** What happened, in the order in which it did. */
  info(message: string, extra?: Extra): void {
    if (isWritten('INFO')) write('INFO', this.name, message, this.site ?? this.place(sourceOfCaller()), extra);
  }

  /** Something went wrong and was healed. Equal warnings are counted after the first ten in a minute. */
  warning(message: string, extra?: Extra): void {
    if (!isWritten('WARNING')) return;
    const source = this.site ?? this.place(sourceOfCaller());
    const admitted = active().sampler.admits(this.name, message, source, (heldBack) =>
      write('WARNING', this.name, `Repeated ${heldBack} more times: ${message}`, source, { repeated: heldBack }),
    );
    if (admitted) write('WARNING', this.name, message, source, extra);
  }

  /** A person must act now. */
  error(message: string, extra?: Extra): void {
    if (isWritten('ERROR')) write('ERROR', this.name, message, this.site ?? this.place(sourceOfCaller()), extra);
  }

  private place(source: Source): Source {
    if (this.hasOneSite) this.site = source;
    return source;
  }
}

/** The logger of a module; `jobs` writes as `simpletuner.cloud.jobs`. */
export function getLogger(module: string): Logger {
  return new Logger(loggerName(module));
}

/** As `getLogger`, for one place that writes very many lines: where it is, is looked up for the first of them alone. */
export function getLoggerOfOneSite(module: string): Logger {
  return new Logger(loggerName(module), true);
}

function write(level: Level, logger: string, message: string, source: Source, extra?: Extra): void {
  const entry = new Entry(logger, message, withContext(extra), source);
  switch (level) {
    case 'DEBUG':
      return root.debug(entry);
    case 'INFO':
      return root.info(entry);
    case 'WARNING':
      return root.warn(entry);
    case 'ERROR':
      return root.error(entry);
  }
}

function withContext(extra: Extra = {}): LogFields {
  const { correlation_id: _, ...context } = currentLogContext();
  return merged(context, extra instanceof Error ? { error: extra } : extra);
}
