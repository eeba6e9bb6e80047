import { expandHome } from '../../config/index.js';
import { DomainError } from '../../http/index.js';
import type { OwnSettings } from '../provider-fields.js';
import { findProgram, isDirectory } from './executable.js';

/** What is run, and where. */
export interface CommandLine {
  /** Absolute path of the program, then its arguments. */
  readonly command: readonly string[];
  readonly workingDirectory: string;
}

/**
 * Turns the settings into what can be run; `jobFolder` is where a command without a working directory starts.
 * @throws DomainError provider_error saying what to set or to install.
 */
export async function resolveCommand(
  settings: OwnSettings['process'],
  jobFolder: string,
  searchPath: string,
): Promise<CommandLine> {
  const [program, ...parameters] = settings.command;
  if (program === undefined)
    throw refused('No trainer command is set: an admin sets `command` of the provider `process`.');
  const isOwnFolder = settings.working_directory === '';
  const workingDirectory = isOwnFolder ? jobFolder : expandHome(settings.working_directory);
  if (!isOwnFolder && !(await isDirectory(workingDirectory)))
    throw refused(`The working directory ${settings.working_directory} does not exist.`);
  const found = await findProgram(program, workingDirectory, searchPath);
  if (!found) throw refused(`The trainer command ${JSON.stringify(program)} was not found (ENOENT).`);
  if (!found.mayBeExecuted)
    throw refused(`The trainer command ${JSON.stringify(program)} is no file that may be executed (EACCES).`);
  return { command: [found.path, ...parameters], workingDirectory };
}

function refused(message: string): DomainError {
  return new DomainError('provider', 'provider_error', message);
}
