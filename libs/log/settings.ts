import { SystemClock, type Clock } from '../clock/index.js';
import { currentCorrelationId } from './context.js';
import { jsonLine, textLine, type LogRecord } from './format.js';
import { levelNumbers, type Level } from './levels.js';
import { Sampler, type SamplingLimits } from './sampling.js';
import { fileSink, streamSink, type Sink } from './sinks.js';
import { unknownSource } from './source.js';

export interface LoggingOptions {
  /** Least urgent level that is written; INFO when left out. */
  readonly level?: Level;
  /** One JSON object a line (the default), or text for people. */
  readonly json?: boolean;
  /** A file that gets every line too; opened anew when it has been rotated away. */
  readonly file?: string;
  /** Standard output by default; a program whose answer goes there logs to `stderr`; a function takes each line. */
  readonly output?: 'stdout' | 'stderr' | ((line: string) => void);
  readonly clock?: Clock;
  readonly sampling?: Partial<SamplingLimits>;
}

interface Settings {
  level: Level;
  json: boolean;
  clock: Clock;
  sinks: readonly Sink[];
  sampler: Sampler;
}

const samplingDefaults: SamplingLimits = { repeatsMax: 10, windowMs: 60_000, kindsMax: 1_000 };

// One per process, like standard output itself. Until it is configured only what needs attention is shown.
let settings: Settings | undefined;

/**
 * Sets up logging for the whole process; a second call replaces the first.
 * @throws when the log file cannot be opened for appending
 */
export function configureLogging(options: LoggingOptions = {}): void {
  const clock = options.clock ?? new SystemClock();
  const output = outputSink(options.output ?? 'stdout');
  const sinks = [output];
  if (options.file) sinks.push(fileSink(options.file, clock, ownLine, (line) => output.write(line)));
  closeLogs();
  settings = {
    level: options.level ?? 'INFO',
    json: options.json ?? true,
    clock,
    sinks,
    sampler: new Sampler(clock, { ...samplingDefaults, ...options.sampling }),
  };
}

export function logLevel(): Level {
  return active().level;
}

/** Changes the level at once for every logger of the process. */
export function setLogLevel(level: Level): void {
  active().level = level;
}

/** Opens the log file anew; for a SIGHUP sent by a log rotation. */
export function reopenLogs(): void {
  for (const sink of active().sinks) sink.reopen();
}

/** Writes the counts of warnings held back and lets go of the log file; the last call of a process that ends. */
export function closeLogs(): void {
  if (!settings) return;
  settings.sampler.flush();
  for (const sink of settings.sinks) sink.close();
  settings = undefined;
}

export function isWritten(level: Level): boolean {
  return levelNumbers[level] >= levelNumbers[active().level];
}

export function active(): Settings {
  if (!settings) configureLogging({ level: 'WARNING', json: false, output: 'stderr' });
  return settings as Settings;
}

/** The record as a line in the configured format. Never throws. */
export function formatted(record: Omit<LogRecord, 'timeMs' | 'correlationId'>): string {
  const { json, clock } = active();
  const format = json ? jsonLine : textLine;
  const timeMs = clock.now();
  try {
    return format({ ...record, timeMs, correlationId: currentCorrelationId() });
  } catch {
    return format({ ...record, timeMs, correlationId: undefined, message: '[unwritable message]', extra: {} });
  }
}

export function emit(line: string): void {
  for (const sink of active().sinks) sink.write(line);
}

function outputSink(output: 'stdout' | 'stderr' | ((line: string) => void)): Sink {
  if (typeof output === 'function') {
    const nothing = (): void => undefined;
    return { write: output, reopen: nothing, close: nothing };
  }
  return streamSink(output === 'stdout' ? 1 : 2, ownLine);
}

function ownLine(message: string, extra: Readonly<Record<string, unknown>>): string {
  return formatted({ level: 'ERROR', logger: 'simpletuner.cloud.log', message, source: unknownSource, extra });
}
