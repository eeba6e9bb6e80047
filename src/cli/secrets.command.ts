import { text } from 'node:stream/consumers';
import { setSecret } from '../secrets/index.js';
import type { CommandContext } from './command-context.js';

/** The value comes by standard input, because arguments are seen by everybody on the machine. */
export async function set({ config, print }: CommandContext, name: string): Promise<void> {
  const value = (await text(process.stdin)).replace(/\r?\n$/, '');
  print(`${name} is set in ${await setSecret(config(), name, value)}`);
}

export async function unset({ config, print }: CommandContext, name: string): Promise<void> {
  print(`${name} is not set in ${await setSecret(config(), name, undefined)} any more`);
}
