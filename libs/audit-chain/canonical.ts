export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json | undefined;
}

const depthMax = 64;

/**
 * The one text of a JSON value (RFC 8785): members sorted by UTF-16 code units, no white space, numbers and strings as
 * ECMAScript writes them. Members that are undefined are left out.
 * @throws TypeError for what JSON cannot hold exactly, RangeError for more than 64 levels
 */
export function canonicalJson(value: Json): string {
  return written(value, 0);
}

function written(value: Json | undefined, depth: number): string {
  if (depth > depthMax) throw new RangeError(`JSON nested deeper than ${depthMax} levels`);
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('JSON has no such number');
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map((item) => written(item, depth + 1)).join(',')}]`;
  if (typeof value !== 'object' || !isPlain(value)) throw new TypeError('Not a JSON value');
  const object = value as JsonObject;
  const members = Object.keys(object)
    .filter((name) => object[name] !== undefined)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${written(object[name], depth + 1)}`);
  return `{${members.join(',')}}`;
}

/** A Date or a Map would be written as something else than it is read back as. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
