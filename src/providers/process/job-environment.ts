import { DomainError } from '../../http/index.js';
import type { Submission } from '../adapter.js';
import type { WorkFolder } from './work-folder.js';

/** Through these a submitter could run programs of their own choosing instead of the command that an admin has set. */
const reserved = new Set(
  'PATH HOME SHELL USER LOGNAME IFS ENV BASH_ENV NODE_OPTIONS NODE_PATH PYTHONPATH PYTHONHOME PYTHONSTARTUP PERL5OPT RUBYOPT'.split(
    ' ',
  ),
);
const reservedPrefixes = ['LD_', 'DYLD_', 'BASH_FUNC_'];
const WELL_FORMED_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The whole environment of a run: what programs inherit, what the submitter adds, and over both what the server hands
 * out (contract §6).
 * @throws DomainError provider_error naming a variable that a job may not set.
 */
export function jobEnvironment(
  inherited: Readonly<Record<string, string>>,
  submission: Submission,
  folder: WorkFolder,
): Record<string, string> {
  const refused = Object.entries(submission.env).find(([name, value]) => !isAllowed(name) || value.includes('\0'));
  if (refused) {
    throw new DomainError(
      'provider',
      'provider_error',
      `A job on this machine may not set the environment variable ${JSON.stringify(refused[0].slice(0, 100))}.`,
    );
  }
  return {
    ...inherited,
    ...submission.env,
    ...submission.environment,
    SIMPLETUNER_CONFIG_FILE: folder.configFile,
    SIMPLETUNER_DATALOADER_FILE: folder.dataloaderFile,
  };
}

function isAllowed(name: string): boolean {
  return (
    WELL_FORMED_NAME.test(name) && !reserved.has(name) && !reservedPrefixes.some((prefix) => name.startsWith(prefix))
  );
}
