import { readFileSync } from 'node:fs';
import type { Parser } from './parsers.js';

/** One row of the configuration table. */
export interface Variable<T> {
  readonly name: string;
  /** Other spellings that programs use for it; `name` wins. */
  readonly aliases?: readonly string[];
  readonly fallback: T;
  readonly help: string;
  readonly parse: Parser<T>;
  /** Masked wherever configuration is shown; may also come from the file named by `NAME_FILE`. */
  readonly secret?: boolean;
  /** How the default is described where the fallback is computed at start. */
  readonly shown?: string;
}

// `any` because a table holds variables of many types and Parser is invariant in T.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Variables = Readonly<Record<string, Variable<any>>>;
export type ValuesOf<Table extends Variables> = {
  readonly [Key in keyof Table]: Table[Key] extends Variable<infer T> ? T : never;
};

/** Where a value came from. */
export type Source = 'default' | 'environment' | 'file';

export interface Reading<Table extends Variables> {
  readonly values: ValuesOf<Table>;
  readonly sources: Readonly<Record<keyof Table, Source>>;
}

/** Every fault of the environment at once, one line each: name, value, what is allowed. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';

  constructor(readonly problems: readonly string[]) {
    super(`The configuration has ${problems.length} fault${problems.length === 1 ? '' : 's'}:\n${problems.join('\n')}`);
  }
}

/**
 * Reads every variable of the table once. An empty variable counts as absent.
 * @throws EnvironmentError naming every fault.
 */
export function readEnv<Table extends Variables>(
  table: Table,
  environment: Readonly<Record<string, string | undefined>>,
): Reading<Table> {
  const values: Record<string, unknown> = {};
  const sources: Record<string, Source> = {};
  const problems: string[] = [];
  for (const [key, variable] of Object.entries(table)) {
    try {
      const found = find(variable, environment);
      values[key] = found === undefined ? variable.fallback : parse(variable, found.text);
      sources[key] = found?.source ?? 'default';
    } catch (error) {
      problems.push((error as Error).message);
    }
  }
  if (problems.length > 0) throw new EnvironmentError(problems);
  return { values: values as ValuesOf<Table>, sources: sources as Record<keyof Table, Source> };
}

function find(
  variable: Variable<unknown>,
  environment: Readonly<Record<string, string | undefined>>,
): { text: string; source: Source } | undefined {
  const names = [variable.name, ...(variable.aliases ?? [])];
  const direct = names.map((name) => environment[name]).find((text) => text !== undefined && text !== '');
  if (direct !== undefined) return { text: direct, source: 'environment' };
  const path = variable.secret ? environment[`${variable.name}_FILE`] : undefined;
  if (path === undefined || path === '') return undefined;
  try {
    const text = readFileSync(path, 'utf8').replace(/\r?\n$/, '');
    return text === '' ? undefined : { text, source: 'file' };
  } catch (error) {
    throw new Error(
      `${variable.name}_FILE: the file cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`,
      { cause: error },
    );
  }
}

function parse(variable: Variable<unknown>, text: string): unknown {
  try {
    return variable.parse(text);
  } catch {
    const shown = variable.secret ? '(hidden)' : JSON.stringify(text);
    throw new Error(`${variable.name}: ${shown} is not allowed; allowed: ${variable.parse.allowed}`);
  }
}
