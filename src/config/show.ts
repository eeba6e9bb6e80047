import type { Variable } from '#libs/env';
import type { Config, Settings } from './config.js';
import { variables } from './variables.js';

/** A value as it would be set, and as people may see it: secrets are masked, and so is the user info of a URL. */
export function maskedValue(variable: Variable<unknown>, value: unknown): string {
  const text = variable.parse.show?.(value) ?? (Array.isArray(value) ? value.join(',') : String(value));
  if (!variable.secret || text === '') return text;
  if (!URL.canParse(text)) return '(set)';
  const url = new URL(text);
  if (url.password) url.password = '***';
  return url.toString();
}

/** The effective value of every setting as it would be set, and where it came from; a default may be in words alone. */
export function configurationLines({ settings, sources }: Pick<Config, 'settings' | 'sources'>): string[] {
  return (Object.keys(variables) as (keyof Settings)[]).map((key) => {
    const variable = variables[key] as Variable<unknown>;
    const isComputed = variable.shown !== undefined && settings[key] === variable.fallback;
    if (sources[key] === 'default' && isComputed) return `${variable.name}=  (default: ${variable.shown})`;
    return `${variable.name}=${maskedValue(variable, settings[key])}  (${sources[key]})`;
  });
}

/** The Markdown table of every setting: the whole of docs/configuration.md below its introduction. */
export function configurationTable(): string {
  const rows = Object.values(variables as Record<string, Variable<unknown>>).map((variable) => {
    const fallback = variable.shown ?? (maskedFallback(variable) || '–');
    const secret = variable.secret ? ` Also read from the file named by \`${variable.name}_FILE\`.` : '';
    return `| \`${variable.name}\` | ${escapeCell(fallback)} | ${escapeCell(sentence(variable.help))}${secret} | ${escapeCell(variable.parse.allowed)} |`;
  });
  return ['| Name | Default | Meaning | Allowed |', '|---|---|---|---|', ...rows].join('\n');
}

function maskedFallback(variable: Variable<unknown>): string {
  return maskedValue({ ...variable, secret: false }, variable.fallback);
}

function sentence(text: string): string {
  return `${text[0]?.toUpperCase() ?? ''}${text.slice(1)}.`;
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
