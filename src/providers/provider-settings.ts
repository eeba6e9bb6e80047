import { DomainError, invalidFields } from '../http/index.js';
import { FieldProblem } from './field-checks.js';
import { fieldsOf, type Field, type FieldTable } from './provider-fields.js';

/** Values by field name, as stored: only what somebody has set. */
export type StoredFields = Readonly<Record<string, unknown>>;
/** Where a value that counts came from. */
export type FieldSource = 'environment' | 'stored' | 'default';

/** A provider's settings as the API tells them: every field, what counts, and why. */
export interface DescribedSettings {
  readonly provider: string;
  /** Grows by one with every change; 0 while nothing has ever been set. */
  readonly version: number;
  readonly updatedAtMs: number | null;
  readonly values: Readonly<Record<string, unknown>>;
  readonly sources: Readonly<Record<string, FieldSource>>;
  /** Certificates are not verified. */
  readonly isInsecure: boolean;
  /** When the verification of certificates, which is off, comes back by itself; null while it is on or the environment decides. */
  readonly sslVerifyExpiresAtMs: number | null;
}

const MASK = '***';

/**
 * Merges a partial change: a field that is absent or null stays as it is, `""` clears it, anything else is checked.
 * Returns the new fields and the names of those that changed.
 * @throws DomainError validation_error 422 naming every bad field, or invalid_input 400 for a bad allow-list.
 */
export async function mergeSettings(
  provider: string,
  stored: StoredFields,
  change: Readonly<Record<string, unknown>>,
): Promise<{ fields: StoredFields; changed: string[] }> {
  const table = fieldsOf(provider);
  const merged = new Map(Object.entries(stored));
  const problems: { field: string; message: string }[] = [];
  for (const [name, value] of Object.entries(change)) {
    try {
      await mergeField(table, name, value, merged);
    } catch (error) {
      if (!(error instanceof FieldProblem)) throw error;
      if (error.isMalformed) throw malformed(name, error.message);
      problems.push({ field: name, message: error.message });
    }
  }
  if (problems.length > 0) throw invalidFields(problems);
  const fields = Object.fromEntries(merged);
  const changed = Object.keys(change).filter((name) => !isSame(stored[name], fields[name]));
  return { fields, changed };
}

async function mergeField(
  table: FieldTable,
  name: string,
  value: unknown,
  merged: Map<string, unknown>,
): Promise<void> {
  const definition = fieldOf(table, name);
  if (!definition) throw new FieldProblem('is not a known field');
  if (value === null || value === undefined) return;
  if (value === '') {
    merged.delete(name);
    return;
  }
  // A form that sends back what it was shown changes nothing.
  if (definition.isSecret && value === masked(merged.get(name))) return;
  merged.set(name, await definition.check(value));
}

function fieldOf(table: FieldTable, name: string): Field<unknown> | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function malformed(field: string, message: string): DomainError {
  return new DomainError('malformed', 'invalid_input', `${field}: ${message}. Nothing was changed.`, {
    details: { fields: [{ field, message }] },
  });
}

/** The value that counts for every field: environment over stored over default. */
export function effectiveValues(
  provider: string,
  stored: StoredFields,
  environment: StoredFields,
): { values: Record<string, unknown>; sources: Record<string, FieldSource> } {
  const values: Record<string, unknown> = {};
  const sources: Record<string, FieldSource> = {};
  for (const [name, { fallback }] of Object.entries(fieldsOf(provider))) {
    const [source, value] = pick(environment[name], stored[name], fallback);
    values[name] = value;
    sources[name] = source;
  }
  return { values, sources };
}

function pick(environment: unknown, stored: unknown, fallback: unknown): [FieldSource, unknown] {
  if (environment !== undefined) return ['environment', environment];
  return stored === undefined ? ['default', fallback] : ['stored', stored];
}

/** The same values as they may be shown: credentials inside a URL are masked. */
export function shownValues(provider: string, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const table = fieldsOf(provider);
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, table[name]?.isSecret ? masked(value) : value]),
  );
}

function masked(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/^([a-z]+:\/\/)[^/]*@/i, `$1${MASK}:${MASK}@`) : value;
}

function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
