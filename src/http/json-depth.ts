import { DomainError } from './domain-error.js';

/** Far deeper than any configuration; whatever walks a value by calling itself would run out of stack on more. */
const JSON_DEPTH_MAX = 100;

/** @throws DomainError invalid_input for JSON that is nested too deeply to be worked with. */
export function refuseDeepJson(value: unknown): void {
  let level = [value];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > JSON_DEPTH_MAX)
      throw new DomainError('malformed', 'invalid_input', `The body is nested deeper than ${JSON_DEPTH_MAX} levels.`);
    level = level.flatMap((item) =>
      typeof item === 'object' && item !== null ? Object.values(item as Record<string, unknown>) : [],
    );
  }
}
