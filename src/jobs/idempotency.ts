import { createHash } from 'node:crypto';

/** One length for every key of every user. */
export function keyHashOf(userId: string, key: string): string {
  return sha256(JSON.stringify([userId, key]));
}

/** The same for two submissions exactly when they ask for the same; the order of names does not matter. */
export function fingerprintOf(wish: unknown): string {
  return sha256(canonical(wish));
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const entries = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([left], [right]) => (left < right ? -1 : 1));
  return `{${entries.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
