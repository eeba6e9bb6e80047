import { configurationLines, configurationTable } from '../config/index.js';
import type { CommandContext } from './command-context.js';

export function run({ config, print }: CommandContext, options: { markdown?: boolean }): void {
  if (options.markdown) print(configurationTable());
  else for (const line of configurationLines(config())) print(line);
}
