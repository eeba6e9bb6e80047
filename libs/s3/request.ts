import { S3Error } from './errors.js';

/** The head of a request exactly as it came over the wire: nothing decoded, nothing normalised. */
export interface S3Request {
  readonly method: string;
  /** Path before `?`, percent-encoding untouched, the endpoint's prefix included. */
  readonly rawPath: string;
  /** What follows `?`, without it; empty when there is none. */
  readonly rawQuery: string;
  readonly headers: HeaderMap;
}

/** Splits a raw request target (`req.url`) into the two raw parts of an `S3Request`. */
export function splitTarget(target: string): { rawPath: string; rawQuery: string } {
  const mark = target.indexOf('?');
  return mark < 0
    ? { rawPath: target, rawQuery: '' }
    : { rawPath: target.slice(0, mark), rawQuery: target.slice(mark + 1) };
}

/** Headers under lower-cased names, with every repeated value kept in the order of arrival. */
export class HeaderMap {
  private readonly values = new Map<string, string[]>();

  /** From Node's `rawHeaders`: names and values in turn. */
  static fromRaw(rawHeaders: readonly string[]): HeaderMap {
    const map = new HeaderMap();
    for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
      map.append(rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '');
    }
    return map;
  }

  static of(record: Readonly<Record<string, string | readonly string[]>>): HeaderMap {
    const map = new HeaderMap();
    for (const [name, value] of Object.entries(record)) {
      for (const one of typeof value === 'string' ? [value] : value) map.append(name, one);
    }
    return map;
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  names(): IterableIterator<string> {
    return this.values.keys();
  }

  /** All values of a lower-case name, in the order of arrival. */
  all(name: string): readonly string[] {
    return this.values.get(name) ?? [];
  }

  /** The one value of a lower-case name. Throws InvalidArgument when it came twice: two readers might pick differently. */
  single(name: string): string | undefined {
    const found = this.all(name);
    if (found.length > 1) throw new S3Error('InvalidArgument', `The header ${name} must not be repeated.`);
    return found[0]?.trim();
  }

  /** A list header (RFC 9110 §5.3): all values joined by a comma. */
  joined(name: string): string | undefined {
    return this.has(name) ? this.all(name).join(',') : undefined;
  }

  private append(name: string, value: string): void {
    const key = name.toLowerCase();
    const known = this.values.get(key);
    if (known) known.push(value);
    else this.values.set(key, [value]);
  }
}
