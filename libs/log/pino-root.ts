import { pino, type Logger as PinoLogger } from 'pino';
import { currentLogContext, type LogFields } from './context.js';
import { levelOfNumber } from './levels.js';
import { active, emit, formatted, isWritten } from './settings.js';
import { sourceOutsideLibraries, type Source } from './source.js';

/** A line that our own `Logger` has already put together. */
export class Entry {
  constructor(
    readonly logger: string,
    readonly message: string,
    readonly extra: LogFields,
    readonly source: Source,
  ) {}
}

type Serializers = Readonly<Record<string, ((value: never) => unknown) | undefined>>;
const serializersKey = pino.symbols.serializersSym as unknown as 'serializers';

/**
 * Everything goes through this pino logger. Levels are judged by us, so that a change reaches children made
 * before; errors are written by us too, hence the bare `err` serializer.
 */
export const root: PinoLogger = pino(
  { level: 'trace', base: null, timestamp: false, serializers: { err: (error: unknown) => error } },
  { write: (line) => (line === '' ? undefined : emit(line)) },
);

// Pino always begins a line with its level; the guide's line begins with the time. Pino's documented way out is
// to replace the function that turns a record into a line.
Object.defineProperty(root, pino.symbols.asJsonSym, { value: asLine });

const bindingsOf = new WeakMap<PinoLogger, LogFields>();

function asLine(this: PinoLogger, fields: object, message: unknown, levelNumber: number): string {
  const level = levelOfNumber(levelNumber);
  if (fields instanceof Entry) {
    const { logger, source, extra } = fields;
    return formatted({ level, logger, message: fields.message, source, extra });
  }
  if (!isWritten(level)) return '';
  try {
    const { logger, ...bound } = boundTo(this);
    const { msg, ...own } = serialized(fields, (this as unknown as { serializers?: Serializers })[serializersKey]);
    return formatted({
      level,
      logger: loggerName(typeof logger === 'string' ? logger : ''),
      message: asText(message ?? msg),
      source: sourceOutsideLibraries(asLine),
      extra: { ...currentLogContext(), ...bound, ...own, correlation_id: undefined },
    });
  } catch {
    return '';
  }
}

function asText(message: unknown): string {
  return typeof message === 'string' ? message : '';
}

/** `simpletuner.cloud.<module>`, whether or not the prefix was given. */
export function loggerName(module: string): string {
  if (module === '') return 'simpletuner.cloud';
  return module.startsWith('simpletuner.cloud') ? module : `simpletuner.cloud.${module}`;
}

/**
 * The pino logger of a module, for libraries that want one (nestjs-pino, pino-http). What they log becomes the same
 * lines, with the same level, context and redaction.
 */
export function pinoLogger(module: string): PinoLogger {
  active();
  return root.child({ logger: loggerName(module) });
}

function boundTo(logger: PinoLogger): LogFields {
  let bound = bindingsOf.get(logger);
  if (!bound) bindingsOf.set(logger, (bound = Object.freeze(logger.bindings())));
  return bound;
}

function serialized(fields: object, serializers: Serializers = {}): Record<string, unknown> {
  const entries = Object.entries(fields).map(([name, value]): [string, unknown] => {
    const serializer = serializers[name];
    return [name, serializer ? serializer(value as never) : value];
  });
  return Object.fromEntries(entries);
}
