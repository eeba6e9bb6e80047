const secretCharsMin = 6;
const secretsMax = 4_096;
export const redacted = '[redacted]';

// Insertion order, so that the oldest value goes first when rotation has filled the register.
const values = new Set<string>();
let anySecret: RegExp | undefined;

/**
 * From now on every occurrence of `value` in anything logged is written as `[redacted]`, also URL-encoded or inside
 * JSON text. Values under 6 characters are ignored: they would blot out ordinary words. At most 4,096 are kept.
 */
export function registerSecret(value: string): void {
  if (value.length < secretCharsMin) return;
  for (const form of formsOf(value)) {
    values.delete(form);
    values.add(form);
  }
  for (const oldest of values) {
    if (values.size <= secretsMax) break;
    values.delete(oldest);
  }
  anySecret = undefined;
}

/** Replaces every registered secret in `text`; secrets that overlap are covered together. */
export function withoutSecrets(text: string): string {
  return holdsSecret(text) ? covered(text, occurrences(text)) : text;
}

/** Whether a registered secret stands in `text`, also in its JSON form. */
export function holdsSecret(text: string): boolean {
  if (values.size === 0 || text.length < secretCharsMin) return false;
  anySecret ??= new RegExp([...values].map((value) => value.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'));
  return anySecret.test(text);
}

function formsOf(value: string): Set<string> {
  const forms = new Set([value, JSON.stringify(value).slice(1, -1)]);
  // A lone surrogate has no URL form.
  if (!/\p{Surrogate}/u.test(value)) forms.add(encodeURIComponent(value));
  return forms;
}

function occurrences(text: string): [start: number, end: number][] {
  const found: [number, number][] = [];
  for (const value of values) {
    for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1)) found.push([at, at + value.length]);
  }
  return found.sort((one, other) => one[0] - other[0]);
}

function covered(text: string, spans: readonly [start: number, end: number][]): string {
  let result = '';
  let written = 0;
  let last = -1;
  for (const [start, end] of spans) {
    if (start > last) {
      result += text.slice(written, start) + redacted;
    }
    last = Math.max(last, end - 1);
    written = last + 1;
  }
  return result + text.slice(written);
}
