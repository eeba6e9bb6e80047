import { isForbiddenHost } from '#libs/outbound';
import { invalidFields } from '../http/index.js';
import { reservedVariables } from './job-environment.js';

const VARIABLES_MAX = 100;
const VALUE_LENGTH_MAX = 32_768;
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;
/** With these a job would run other code than the operator's command, or as somebody else. */
const LOADER_VARIABLE = /^(PATH|HOME|USER|LOGNAME|SHELL|IFS|ENV|BASH_ENV|BASH_FUNC.*|SHELLOPTS|BASHOPTS|PS4|NODE_OPTIONS|NODE_PATH|PYTHON(PATH|HOME|STARTUP|USERBASE|EXECUTABLE|PLATLIBDIR|BREAKPOINT|INSPECT)|PERL5.*|RUBY(OPT|LIB)|JAVA_TOOL_OPTIONS|GCONV_PATH|LD_.*|DYLD_.*)$/; // prettier-ignore

/** @throws DomainError validation_error naming every variable that a job may not set (contract §6). */
export function checkVariables(env: Readonly<Record<string, unknown>>): Record<string, string> {
  const problems = Object.entries(env).flatMap(([name, value]) => {
    const message = problemOf(name, value);
    return message === undefined ? [] : [{ field: `env.${name.slice(0, 128)}`, message }];
  });
  if (Object.keys(env).length > VARIABLES_MAX)
    problems.push({ field: 'env', message: `must have at most ${VARIABLES_MAX} variables` });
  if (problems.length > 0) throw invalidFields(problems);
  return env as Record<string, string>;
}

function problemOf(name: string, value: unknown): string | undefined {
  if (!NAME.test(name)) return 'must be named by letters, digits and underscores';
  if (reservedVariables.has(name.toUpperCase())) return 'is set by the server and cannot be replaced';
  if (LOADER_VARIABLE.test(name.toUpperCase())) return 'may not be set by a job: it decides which code runs';
  if (typeof value !== 'string' || value.length > VALUE_LENGTH_MAX || value.includes('\0'))
    return `must be a text of at most ${VALUE_LENGTH_MAX} characters without NUL`;
  return undefined;
}

/** @throws DomainError validation_error unless the job can report there: https, or http on a loopback address. */
export function checkWebhookUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isLoopback = parsed !== undefined && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(parsed.hostname);
  const isAllowed = parsed?.protocol === 'https:' || (parsed?.protocol === 'http:' && isLoopback);
  if (!parsed || !isAllowed || parsed.username !== '' || parsed.password !== '' || parsed.hash !== '')
    throw invalidFields([
      { field: 'webhook_url', message: 'must be an https URL without user info and fragment (http for loopback only)' },
    ]);
  if (isForbiddenHost(parsed))
    throw invalidFields([{ field: 'webhook_url', message: 'must not lead to a link-local or metadata address' }]);
  return url;
}
