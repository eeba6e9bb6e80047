import { FieldProblem, integer, number, path, type Check } from '../field-checks.js';

const ARGUMENTS_MAX = 256;
const COMMAND_LENGTH_MAX = 32_768;

/** A program and its arguments; no shell reads them. */
const command: Check<readonly string[]> = (value) => {
  if (!Array.isArray(value) || value.length === 0 || value.length > ARGUMENTS_MAX)
    throw new FieldProblem(`must be a list of 1 to ${ARGUMENTS_MAX} texts: a program and its arguments`);
  const parts = value as unknown[];
  if (!parts.every((part): part is string => typeof part === 'string' && !part.includes('\0')))
    throw new FieldProblem('must hold texts without NUL characters only');
  if (parts[0] === '') throw new FieldProblem('must begin with the name of a program');
  if (parts.join(' ').length > COMMAND_LENGTH_MAX)
    throw new FieldProblem(`must be at most ${COMMAND_LENGTH_MAX} characters together`);
  return parts;
};

/** What the `process` provider can be told beside the common fields (contract §6). */
export const processFields = {
  command: { fallback: [] as readonly string[], check: command, help: 'the trainer and its arguments; a job cannot change it' },
  working_directory: { fallback: '', check: path, help: 'where the trainer starts; empty = the work folder of the job' },
  max_concurrent: { fallback: 1, check: integer(1, 64), help: 'jobs that run at a time' },
  cost_per_hour: { fallback: 0, check: number(0, 100_000), help: 'what an hour of this machine costs, in USD' },
}; // prettier-ignore
