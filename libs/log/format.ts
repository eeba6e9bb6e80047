import type { LogFields } from './context.js';
import type { Level } from './levels.js';
import { toPlain } from './plain.js';
import { isPlainName, mayHoldToken, redactText } from './redact.js';
import { holdsSecret } from './secrets.js';
import type { Source } from './source.js';

/** One thing to say, before it is redacted and written. */
export interface LogRecord {
  readonly timeMs: number;
  readonly level: Level;
  readonly logger: string;
  readonly message: string;
  readonly correlationId: string | undefined;
  readonly source: Source;
  readonly extra: LogFields;
}

/** Of texts that are written as they are; whatever is longer is looked at piece by piece, and perhaps cut. */
const plainCharsMax = 1_024;

/** The operations guide's JSON line, its members in the guide's order, ended by a line feed. */
export function jsonLine(record: LogRecord): string {
  if (isPlain(record)) {
    const line = assembled(record, record.message, record.correlationId, record.extra);
    // Only now: a secret may stand in any member.
    if (!holdsSecret(line)) return line;
  }
  const correlationId = record.correlationId === undefined ? undefined : redactText(record.correlationId);
  return assembled(record, messageOf(record), correlationId, toPlain(record.extra));
}

function assembled(record: LogRecord, message: string, correlationId: string | undefined, extra: unknown): string {
  const { source } = record;
  return (
    `{"timestamp":"${new Date(record.timeMs).toISOString()}","level":"${record.level}"` +
    `,"logger":${JSON.stringify(record.logger)},"message":${JSON.stringify(message)}` +
    `,"correlation_id":${correlationId === undefined ? 'null' : JSON.stringify(correlationId)}` +
    `,"source":{"file":${JSON.stringify(source.file)},"line":${source.line},"function":${JSON.stringify(source.function)}}` +
    `,"extra":${JSON.stringify(extra)}}\n`
  );
}

/** Whether redaction by name and by form would change nothing: so it is with nearly all lines, and costs a fifth of redacting. */
function isPlain({ message, correlationId = '', extra }: LogRecord): boolean {
  let texts = `${message}\n${correlationId}`;
  for (const name of Object.keys(extra)) {
    const value = extra[name];
    if (!isPlainName(name)) return false;
    if (typeof value === 'string') texts += `\n${value}`;
    else if (typeof value !== 'boolean' && value !== undefined && value !== null && !Number.isFinite(value))
      return false;
  }
  return texts.length <= plainCharsMax && !mayHoldToken(texts);
}

/** The same record for people: one line, then the stacks of its errors, indented. */
export function textLine(record: LogRecord): string {
  const { source, correlationId } = record;
  const stacks: string[] = [];
  const extra = toPlain(record.extra) as Record<string, unknown>;
  const fields = Object.entries(extra).map(([name, value]) => ` ${oneLine(name)}=${fieldText(value, stacks)}`);
  const time = new Date(record.timeMs).toISOString();
  const head = `${time} ${record.level.padEnd(7)} ${record.logger} ${oneLine(messageOf(record))}${fields.join('')}`;
  const id = correlationId === undefined ? '' : ` [${oneLine(redactText(correlationId))}]`;
  const indented = stacks.map((stack) => `${oneLine(stack, '\n    ')}\n`).join('');
  return `${head}${id} (${source.file}:${source.line} ${source.function})\n${indented && `    ${indented}`}`;
}

function messageOf(record: LogRecord): string {
  return toPlain(record.message) as string;
}

function fieldText(value: unknown, stacks: string[]): string {
  if (typeof value === 'string') return /^[\w.:/@+-]+$/.test(value) ? value : JSON.stringify(value);
  const stack = (value as { stack?: unknown } | null)?.stack;
  if (typeof stack !== 'string') return JSON.stringify(value);
  stacks.push(stack);
  return JSON.stringify({ ...(value as object), stack: undefined });
}

/** Control characters escaped, so that no text from outside can forge a line or drive a terminal. */
function oneLine(text: string, lineFeed = '\\n'): string {
  // eslint-disable-next-line no-control-regex -- control characters are what this is about
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (character) =>
    character === '\n' ? lineFeed : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
