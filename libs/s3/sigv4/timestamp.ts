const basicFormat = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z$/;

/** ISO 8601 basic format, `20130524T000000Z`, as SigV4 signs it. */
export function formatTimestamp(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

let lastRead: { readonly text: string; readonly timeMs: number | undefined } = { text: '', timeMs: undefined };

/** Milliseconds since the epoch, or undefined when it is not a real moment in that format (30 February, hour 25). */
export function parseTimestamp(text: string): number | undefined {
  // Requests come in swarms, and those of one second carry the same text.
  if (lastRead.text !== text) lastRead = { text, timeMs: readTimestamp(text) };
  return lastRead.timeMs;
}

function readTimestamp(text: string): number | undefined {
  if (!basicFormat.test(text)) return undefined;
  const timeMs = Date.parse(text.replace(basicFormat, '$1-$2-$3T$4:$5:$6Z'));
  return Number.isNaN(timeMs) || formatTimestamp(timeMs) !== text ? undefined : timeMs;
}
