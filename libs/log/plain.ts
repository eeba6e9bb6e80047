import { types } from 'node:util';
import { read } from './merge.js';
import { isSecretName, redactText } from './redact.js';
import { redacted } from './secrets.js';
import { stackInSource } from './source-maps.js';

/** What one line may hold; whatever exceeds it is cut and says so. */
export const lineLimits = { depthMax: 8, entriesMax: 100, nodesMax: 1_000, stringCharsMax: 16_384, charsMax: 65_536 };

type Plain = string | number | boolean | null | Plain[] | { [name: string]: Plain };

/**
 * A redacted copy of anything that `JSON.stringify` can write. Never throws: getters that throw, circles, BigInt,
 * proxies and endless structures become a short word in brackets. Errors keep name, message, stack, code and cause.
 */
export function toPlain(value: unknown): Plain {
  return new Copier().copy(value, 0) ?? null;
}

class Copier {
  private nodesLeft = lineLimits.nodesMax;
  private charsLeft = lineLimits.charsMax;
  private readonly path = new Set<object>();

  /** The copy, or undefined for what JSON leaves out. */
  copy(value: unknown, depth: number): Plain | undefined {
    try {
      return this.copyUnsafely(value, depth);
    } catch {
      return '[unreadable]';
    }
  }

  text(value: string): string {
    const clean = redactText(value.length > lineLimits.charsMax ? value.slice(0, lineLimits.charsMax) : value);
    const charsMax = Math.min(lineLimits.stringCharsMax, this.charsLeft);
    this.charsLeft -= Math.min(clean.length, charsMax);
    if (clean.length <= charsMax && value.length <= lineLimits.charsMax) return clean;
    return `${clean.slice(0, charsMax)}… [${value.length} characters]`;
  }

  private copyUnsafely(value: unknown, depth: number): Plain | undefined {
    switch (typeof value) {
      case 'string':
        return this.text(value);
      case 'number':
        return Number.isFinite(value) ? value : String(value);
      case 'boolean':
        return value;
      case 'undefined':
        return undefined;
      case 'bigint':
        return value.toString();
      case 'symbol':
        return this.text(value.toString());
      case 'function':
        return `[function ${this.text(value.name)}]`;
      case 'object':
        return value === null ? null : this.copyObject(value, depth);
    }
  }

  private copyObject(value: object, depth: number): Plain | undefined {
    if (this.path.has(value)) return '[circular]';
    if (depth >= lineLimits.depthMax) return '[too deep]';
    if ((this.nodesLeft -= 1) < 0) return '[too much]';
    this.path.add(value);
    try {
      return this.copyMembers(value, depth + 1);
    } finally {
      this.path.delete(value);
    }
  }

  private copyMembers(value: object, depth: number): Plain | undefined {
    if (Array.isArray(value)) return this.copyList(value, depth);
    if (types.isNativeError(value) || value instanceof Error) return this.copyError(value, depth);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
    if (value instanceof Map)
      return this.copyEntries(
        [...value].map(([key, member]) => [String(key), member]),
        depth,
      );
    if (value instanceof Set) return this.copyList([...value], depth);
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
    if ('toJSON' in value && typeof value.toJSON === 'function') {
      return this.copy((value as { toJSON(): unknown }).toJSON(), depth);
    }
    return this.copyEntries(lazyEntries(value), depth);
  }

  private copyList(values: readonly unknown[], depth: number): Plain[] {
    const list = values.slice(0, lineLimits.entriesMax).map((member) => this.copy(member, depth) ?? null);
    if (values.length > lineLimits.entriesMax) list.push(`[${values.length - lineLimits.entriesMax} more]`);
    return list;
  }

  private copyError(error: Error, depth: number): Plain {
    const own = lazyEntries(error).filter(([name]) => !['name', 'message', 'stack', 'cause'].includes(name));
    const cause: [string, unknown][] = error.cause === undefined ? [] : [['cause', error.cause]];
    const { name, message } = error;
    // Anything may have been assigned to it.
    const stack: unknown = typeof error.stack === 'string' ? stackInSource(error.stack) : error.stack;
    return this.copyEntries([['name', name], ['message', message], ['stack', stack], ...cause, ...own], depth);
  }

  private copyEntries(entries: readonly (readonly [string, unknown])[], depth: number): Plain {
    // Without a prototype a member called `__proto__` is a member like any other.
    const copy = Object.create(null) as Record<string, Plain>;
    for (const [name, member] of entries.slice(0, lineLimits.entriesMax)) {
      const plain = isSecretName(name) ? concealed(member) : this.copy(unwrapped(member), depth);
      if (plain !== undefined) copy[this.text(name)] = plain;
    }
    if (entries.length > lineLimits.entriesMax) copy['…'] = `[${entries.length - lineLimits.entriesMax} more]`;
    return copy;
  }
}

/** A member that has not been read yet, because reading it may throw. */
class Unread {
  constructor(
    readonly owner: object,
    readonly name: string,
  ) {}
}

function lazyEntries(owner: object): [string, unknown][] {
  return Object.keys(owner).map((name) => [name, new Unread(owner, name)]);
}

function unwrapped(member: unknown): unknown {
  return member instanceof Unread ? read(member.owner, member.name) : member;
}

/** That something is absent, true or false is worth knowing and gives nothing away. */
function concealed(member: unknown): Plain | undefined {
  const value = unwrapped(member);
  if (value === undefined || value === null || typeof value === 'boolean') return value;
  return redacted;
}
