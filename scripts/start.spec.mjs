import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from './lib/root.mjs';

// A house with the real scripts and settings and a server of a few lines.
const main = `
import { greeting } from '#libs/greeting';
process.on('SIGTERM', () => { console.log('stopping'); setImmediate(() => process.exit(7)); });
setInterval(() => undefined, 1_000);
console.log(greeting);
`;
const house = mkdtempSync(join(tmpdir(), 'simpletuner-start-'));

function write(name, text) {
  mkdirSync(join(house, name, '..'), { recursive: true });
  writeFileSync(join(house, name), text);
}

beforeAll(() => {
  for (const name of ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts']) {
    cpSync(join(root, name), join(house, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(house, 'node_modules'));
  write('src/main.ts', main);
  write('libs/greeting/index.ts', `export const greeting: string = 'ready';`);
});
afterAll(() => rmSync(house, { recursive: true }));

/** Starts, ends the server by SIGTERM once it is ready, and returns all it said. */
async function start() {
  const child = spawn(process.execPath, ['scripts/start.mjs'], { cwd: house, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
      if (text.includes('ready')) child.kill('SIGTERM');
    });
  }
  const [code] = await once(child, 'close');
  return { code, lines: output.trim().split('\n') };
}

describe('npm start', () => {
  it('builds what is not built, and gives signals and the exit code to the server', async () => {
    expect(await start()).toEqual({ code: 7, lines: ['Building ...', 'ready', 'stopping'] });
  });

  it('finds nothing to do the second time', async () => {
    expect(await start()).toEqual({ code: 7, lines: ['ready', 'stopping'] });
  });

  it('builds again after a change', async () => {
    write('libs/greeting/index.ts', `export const greeting: string = 'ready again';`);
    expect(await start()).toEqual({ code: 7, lines: ['Building ...', 'ready again', 'stopping'] });
  });

  it('does not start what does not compile', async () => {
    write('libs/greeting/index.ts', `export const greeting: number = 'ready';`);
    const { code, lines } = await start();
    expect(code).toBe(1);
    expect(lines.join('\n')).toContain("Type 'string' is not assignable to type 'number'");
    expect(lines.at(-1)).toBe('The build failed');
  });
});
