/** How much of what was seen must come again for a log, cut off at its beginning, to be recognized. */
const OVERLAP_LENGTH = 512;

/** What `text` has beyond `seen`, when both are the bounded end of one growing log; all of it when they do not meet. */
export function newPart(seen: string, text: string): string {
  if (text.startsWith(seen)) return text.slice(seen.length);
  const overlap = seen.slice(-OVERLAP_LENGTH);
  const at = text.lastIndexOf(overlap);
  return at === -1 ? text : text.slice(at + overlap.length);
}
