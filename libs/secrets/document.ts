import { secretsLimits } from './limits.js';
import { SourceFault } from './source-fault.js';

/** All secrets of one source at one moment, by canonical name; none of them is empty. */
export type Document = ReadonlyMap<string, string>;

/** One form of a name for all sources: `hf-token`, `hf.token` and `HF_TOKEN` are the same secret. */
export function canonicalName(name: string): string {
  return name.toUpperCase().replaceAll(/[-.]/g, '_');
}

/** A value as it counts: without its last line break; undefined when nothing but white space is left. */
export function secretValue(text: string): string | undefined {
  return text.trim() === '' ? undefined : text.replace(/\r?\n$/, '');
}

/**
 * A flat map of names and values. Entries that are neither text nor number are left out; of two spellings of one name the canonical one wins.
 * @throws SourceFault when it is no map or too large.
 */
export function documentOf(data: unknown): Document {
  if (typeof data !== 'object' || data === null || Array.isArray(data))
    throw new SourceFault('does not hold a map of names and values');
  const entries = Object.entries(data);
  if (entries.length > secretsLimits.secretsPerDocumentMax)
    throw new SourceFault(`holds more than ${secretsLimits.secretsPerDocumentMax} entries`);
  const document = new Map<string, string>();
  for (const [name, raw] of entries as [string, unknown][]) {
    const value = typeof raw === 'string' || typeof raw === 'number' ? secretValue(String(raw)) : undefined;
    const canonical = canonicalName(name);
    if (value !== undefined && (name === canonical || !document.has(canonical))) document.set(canonical, value);
  }
  return document;
}

/** The same from JSON. @throws SourceFault, which quotes nothing of the text. */
export function documentOfJson(text: string): Document {
  return documentOf(parsed(() => JSON.parse(text) as unknown, 'JSON'));
}

/** Runs a parser whose complaints would quote what it could not read. @throws SourceFault naming only the format. */
export function parsed(parse: () => unknown, format: string): unknown {
  try {
    return parse();
  } catch {
    throw new SourceFault(`holds no valid ${format}`);
  }
}
