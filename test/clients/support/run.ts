import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';

/** Runs a program to its end and gives its standard output; throws with everything it said when it fails. */
export async function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  return (await bytesFrom(program, args, env)).toString();
}

/** The same, of a program that does not write text. */
export function bytesFrom(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env: { ...minimal(), ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    const output: Buffer[] = [];
    const errors: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => errors.push(chunk));
    child.once('error', (error) => reject(new Error(`${program} cannot be started: ${error.message}`)));
    child.once('close', (code) => {
      const written = Buffer.concat(output);
      if (code === 0) resolve(written);
      else
        reject(
          new Error(
            `${program} ${args.join(' ')} ended with ${code}:\n${written.toString()}${Buffer.concat(errors).toString()}`,
          ),
        );
    });
  });
}

/** Nothing of the tester's own settings for proxies, certificates or accounts. */
function minimal(): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: tmpdir(), LANG: 'C.UTF-8' };
}
