/** Packs the sort values of a page's last row, texts and whole numbers, into an opaque URL-safe cursor. */
export function encodeCursor(values: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify(values)).toString('base64url');
}

/**
 * Unpacks a cursor made by `encodeCursor`; undefined when it has another shape or holds what a database refuses to compare
 * with: a number that is not whole and safe, or a text with NUL.
 */
export function decodeCursor<const Shape extends readonly ('string' | 'number')[]>(
  cursor: string,
  shape: Shape,
): { [Index in keyof Shape]: Shape[Index] extends 'string' ? string : number } | undefined {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (!Array.isArray(values) || values.length !== shape.length) return undefined;
    if (!values.every((value, index) => typeof value === shape[index] && isComparable(value))) return undefined;
    return values as never;
  } catch {
    return undefined;
  }
}

function isComparable(value: unknown): boolean {
  return typeof value === 'string' ? !value.includes('\0') : Number.isSafeInteger(value);
}
