import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildStamp, removeOrphans } from './build.mjs';

let directory;
const write = (name, content) => {
  mkdirSync(dirname(join(directory, name)), { recursive: true });
  writeFileSync(join(directory, name), content);
};

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'simpletuner-build-'));
  for (const name of ['package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'src/main.ts']) write(name, '{}');
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('the build', () => {
  it('is fresh until a source, a setting or the set of files changes', () => {
    const stamps = [buildStamp(directory)];
    expect(buildStamp(directory)).toBe(stamps[0]);
    for (const [name, content] of [
      ['src/main.ts', '{ }'],
      ['tsconfig.build.json', '{ }'],
      ['libs/state/lease.lua', 'return 1'],
    ]) {
      write(name, content);
      stamps.push(buildStamp(directory));
    }
    rmSync(join(directory, 'src/main.ts'));
    stamps.push(buildStamp(directory));
    expect(new Set(stamps).size).toBe(stamps.length);
  });

  it('leaves nothing of a deleted source', () => {
    for (const name of ['main.js', 'main.js.map', 'gone.js', 'gone.js.map']) write(`dist/src/${name}`, '');
    write('libs/state/lease.lua', '');
    write('dist/libs/state/lease.lua', '');
    removeOrphans(directory);
    const left = ['main.js', 'main.js.map', 'gone.js', 'gone.js.map'].map((name) =>
      existsSync(join(directory, 'dist/src', name)),
    );
    expect(left).toEqual([true, true, false, false]);
    expect(existsSync(join(directory, 'dist/libs/state/lease.lua'))).toBe(true);
  });
});
