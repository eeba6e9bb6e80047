import { spawn } from 'node:child_process';
import { root } from './root.mjs';

const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
const children = new Set();
let guards = 0;

function endAll(signal) {
  for (const child of children) child.kill(signal);
  process.exit(exitCodes[signal]);
}

/**
 * Until the returned function is called, a signal ends our children and then this process in an orderly way, with its
 * `exit` listeners. Not for longer than needed: a server that this process turns into has signal handlers of its own.
 */
export function guardAgainstSignals() {
  guards += 1;
  if (guards === 1) for (const signal of Object.keys(exitCodes)) process.on(signal, endAll);
  return () => {
    guards -= 1;
    if (guards === 0) for (const signal of Object.keys(exitCodes)) process.off(signal, endAll);
  };
}

/**
 * Runs a program to its end. An interrupted script takes it along.
 * @param {string} file
 * @param {string[]} args
 * @param {{ capture?: boolean, env?: NodeJS.ProcessEnv, cwd?: string }} [options] `capture` returns the output instead of showing it
 * @returns {Promise<{ code: number, output: string }>} code 127 = it could not be started
 */
export function run(file, args, { capture = false, env = process.env, cwd = root } = {}) {
  return new Promise((resolve) => {
    const stdio = capture ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'];
    const release = guardAgainstSignals();
    const child = spawn(file, args, { cwd, env, stdio });
    children.add(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => (output += text));
    }
    const finish = (code) => {
      if (!children.delete(child)) return;
      release();
      resolve({ code, output });
    };
    child.once('error', (error) => {
      output += error.message;
      finish(127);
    });
    child.once('close', (code) => finish(code ?? 1));
  });
}

/** Runs a JavaScript program with this Node. */
export function node(args, options) {
  return run(process.execPath, args, options);
}

/** Runs npm: the one that started us, if one did. */
export function npm(args, options) {
  const script = process.env.npm_execpath;
  return script ? node([script, ...args], options) : run('npm', args, options);
}
