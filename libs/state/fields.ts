/** A hash as the JSON object that the SQL stores keep in one row. */
export function encodeFields(fields: ReadonlyMap<string, string>): string {
  return JSON.stringify(Object.fromEntries(fields));
}

export function decodeFields(json: string | undefined): Map<string, string> {
  return new Map(json === undefined ? [] : Object.entries(JSON.parse(json) as Record<string, string>));
}
