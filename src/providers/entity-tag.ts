const STRONG_TAG = /^"(\d{1,15})"$/;

/** The ETag of a record's version (RFC 9110, 8.8.3). */
export function entityTagOf(version: number): string {
  return `"${version}"`;
}

/**
 * The versions that an If-Match header names; undefined when there is none, or `*`, which every record satisfies.
 * Weak and foreign tags name no version, so that they never match (strong comparison, RFC 9110, 13.1.1).
 */
export function versionsIn(ifMatch: string | undefined): number[] | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  return ifMatch
    .split(',')
    .map((tag) => STRONG_TAG.exec(tag.trim())?.[1])
    .filter((version) => version !== undefined)
    .map(Number);
}
