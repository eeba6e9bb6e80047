import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import typescript from 'typescript';
import { afterAll } from 'vitest';
import type { BackendPlace } from './state-drivers.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const worker = fileURLToPath(new URL('state-worker.mjs', import.meta.url));
let compiled: string | undefined;

afterAll(() => {
  if (compiled) rmSync(compiled, { recursive: true, force: true });
});

/** The library as plain JavaScript, for processes of their own; below the repository, where its packages are found. */
function compileLibraries(): string {
  if (compiled) return compiled;
  const cache = join(root, 'node_modules/.cache');
  mkdirSync(cache, { recursive: true });
  compiled = mkdtempSync(join(cache, 'state-'));
  writeFileSync(join(compiled, 'package.json'), '{"type":"module"}');
  const { ES2023 } = typescript.ScriptTarget;
  const compilerOptions = { target: ES2023, module: typescript.ModuleKind.ESNext, useDefineForClassFields: false };
  for (const name of readdirSync(join(root, 'libs'), { recursive: true }).map(String)) {
    if (!/^(clock|state)\//.test(name) || /\.spec\.ts$/.test(name) || !/\.\w+$/.test(name)) continue;
    const target = join(compiled, name);
    mkdirSync(dirname(target), { recursive: true });
    if (!name.endsWith('.ts')) cpSync(join(root, 'libs', name), target);
    else {
      const { outputText } = typescript.transpileModule(readFileSync(join(root, 'libs', name), 'utf8'), {
        compilerOptions,
      });
      writeFileSync(target.replace(/\.ts$/, '.js'), outputText);
    }
  }
  return compiled;
}

export interface Burst {
  readonly key: string;
  readonly limit: number;
  readonly windowMs: number;
  readonly hits: number;
}

/** Starts processes that connect, wait for each other and then hit at once; answers how many hits passed in each. */
export async function hitFromProcesses(place: BackendPlace, processes: number, burst: Burst): Promise<number[]> {
  const libraries = compileLibraries();
  const options = JSON.stringify({ ...place, poolSize: 4, timeoutMs: 60_000 });
  const children = Array.from({ length: processes }, () => fork(worker, [libraries, options, JSON.stringify(burst)]));
  const message = async (child: ChildProcess): Promise<unknown> => {
    const ended = new AbortController();
    child.once('exit', () => ended.abort(new Error('a process ended early; its output is above')));
    const [received] = (await once(child, 'message', { signal: ended.signal })) as unknown[];
    return received;
  };
  try {
    await Promise.all(children.map(message));
    const results = Promise.all(children.map(message));
    for (const child of children) child.send('go');
    return (await results).map(Number);
  } finally {
    for (const child of children) child.kill('SIGKILL');
  }
}
