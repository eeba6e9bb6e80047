import type { Variable } from '#libs/env';
import { variables } from './variables.js';

/** A value as people may see it: secrets are masked, and so is the user info of a URL. */
export function maskedValue(variable: Variable<unknown>, value: unknown): string {
  const text = Array.isArray(value) ? value.join(',') : String(value);
  if (!variable.secret || text === '') return text;
  if (!URL.canParse(text)) return '(set)';
  const url = new URL(text);
  if (url.password) url.password = '***';
  return url.toString();
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
