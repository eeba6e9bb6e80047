import { SourceFault, writeSecret } from '#libs/secrets';
import { StartError, type Config } from '../config/index.js';

const NAME = /^[A-Za-z][\w.-]{0,127}$/;
const VALUE_LENGTH_MAX = 65_536;

/**
 * Sets a secret in the secrets file of this installation, or removes it (undefined). A running server takes it up by itself.
 * @throws StartError telling the operator what is wrong.
 */
export async function setSecret(config: Config, name: string, value: string | undefined): Promise<string> {
  if (!NAME.test(name)) throw new StartError('A name of a secret consists of letters, digits, `_`, `-` and `.`');
  if (value !== undefined && (value.trim() === '' || value.length > VALUE_LENGTH_MAX))
    throw new StartError(`A secret has 1 to ${VALUE_LENGTH_MAX} characters`);
  try {
    return await writeSecret(config.paths.home, name, value);
  } catch (error) {
    const reason =
      error instanceof SourceFault
        ? error.message
        : `cannot be written (${(error as NodeJS.ErrnoException).code ?? 'error'})`;
    throw new StartError(`The secrets file ${reason}`, { cause: error });
  }
}
