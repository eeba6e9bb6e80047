import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { missingProgram } from '../backup.errors.js';

const DEBIAN_POSTGRESQL = '/usr/lib/postgresql';
const ERROR_CHARS_MAX = 4_000;

export interface Program {
  readonly path: string;
  /** What it says of its version. */
  readonly versionText: string;
}

export interface ProgramRun {
  readonly args: readonly string[];
  /** Credentials go this way or in a file: arguments are seen by everybody on the machine. */
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads. When this fails, the program meets the end of its input where it is. */
  readonly input?: AsyncIterable<Buffer | string>;
  /** Reads what the program prints; without it nothing is expected. */
  readonly read?: (output: Readable) => Promise<void>;
}

/** The programs that come with a database server. */
export class Programs {
  constructor(private readonly folders: readonly string[]) {}

  /** In the PATH of the server, and where Debian keeps those of every version of PostgreSQL, the newest first. */
  static of(path: string): Programs {
    const versions = existsSync(DEBIAN_POSTGRESQL) ? readdirSync(DEBIAN_POSTGRESQL).map(Number) : [];
    const newestFirst = versions.filter((version) => version > 0).sort((one, other) => other - one);
    return new Programs([
      ...path.split(delimiter),
      ...newestFirst.map((version) => join(DEBIAN_POSTGRESQL, String(version), 'bin')),
    ]);
  }

  /** The first of the names that is there and that `suits`. @throws DomainError backup_program_missing naming the Debian package. */
  async find(
    names: readonly string[],
    need: { readonly package: string; readonly forServer: string; suits(versionText: string): boolean },
  ): Promise<Program> {
    const paths = names.flatMap((name) => this.folders.map((folder) => join(folder, name))).filter(isExecutable);
    let found = '';
    for (const path of paths) {
      const versionText = await versionTextOf(path);
      if (need.suits(versionText)) return { path, versionText };
      found ||= versionText;
    }
    const problem = found === '' ? 'is not installed' : `is too old (${found})`;
    throw missingProgram(
      `${names[0]} ${problem} for ${need.forServer}: install the Debian package ${need.package} on the machine of this server.`,
    );
  }
}

/** Runs a program to its end. @throws Error with what it said when it fails. */
export async function runProgram({ path }: Program, { args, env = {}, input, read }: ProgramRun): Promise<void> {
  const child = spawn(path, args, {
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C.UTF-8', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let complaint = '';
  child.stderr.on('data', (chunk: Buffer) => {
    if (complaint.length < ERROR_CHARS_MAX) complaint += chunk.toString();
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve();
      else reject(new Error(complaint.trim().split('\n').slice(0, 3).join('; ') || `it ended with ${code}`));
    });
  });
  const fed = input === undefined ? child.stdin.end() : pipeline(input, child.stdin).catch(unlessUnread);
  const consumed = read ? read(child.stdout) : child.stdout.resume();
  const outcomes = await Promise.allSettled([fed, ended, consumed]);
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure) throw failure.reason;
}

/** What a program prints. @throws Error at its end when the program fails. */
export async function* outputOf(program: Program, run: Omit<ProgramRun, 'read'>): AsyncGenerator<Buffer, void> {
  const between = new PassThrough();
  const ended = runProgram(program, { ...run, read: (output) => pipeline(output, between) });
  ended.catch((error: unknown) => between.destroy(error as Error));
  yield* between as AsyncIterable<Buffer>;
  await ended;
}

/** A program that fails stops reading; why, it says itself. */
function unlessUnread(error: unknown): void {
  if (!['EPIPE', 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE'].includes((error as NodeJS.ErrnoException).code ?? ''))
    throw error;
}

async function versionTextOf(path: string): Promise<string> {
  let text = '';
  try {
    for await (const chunk of outputOf({ path, versionText: '' }, { args: ['--version'] })) text += chunk.toString();
  } catch {
    // Then it suits nobody.
  }
  return text.trim();
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The first dotted number after one of the words, as numbers; [0] where there is none. */
export function versionIn(text: string, ...words: readonly string[]): number[] {
  for (const word of words) {
    const match = new RegExp(`${word}\\D*(\\d+(?:\\.\\d+)*)`).exec(text);
    if (match?.[1] !== undefined) return match[1].split('.').map(Number);
  }
  return [0];
}

/** Whether a version is the other one or a later one, as far as the other one is given. */
export function isAtLeast(version: readonly number[], other: readonly number[]): boolean {
  for (const [index, part] of other.entries()) {
    const own = version[index] ?? 0;
    if (own !== part) return own > part;
  }
  return true;
}
