import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

const CLI = resolve('bin/simpletuner-cloud.js');

export interface Said {
  readonly code: number;
  /** Of both streams. */
  readonly output: string;
}

/** Runs `simpletuner-cloud` for the installation in `home`, as built. */
export async function commandLine(home: string, args: readonly string[]): Promise<Said> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: home, SIMPLETUNER_HOME: home };
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [CLI, ...args], { env });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}
