import { configurationTable, maskedValue, variables, type Settings } from '../config/index.js';
import type { CommandContext } from './command-context.js';

export function run({ config, print }: CommandContext, options: { markdown?: boolean }): void {
  if (options.markdown) {
    print(configurationTable());
    return;
  }
  const { settings, sources } = config();
  for (const key of Object.keys(variables) as (keyof Settings)[]) {
    print(`${variables[key].name}=${maskedValue(variables[key], settings[key])}  (${sources[key]})`);
  }
}
