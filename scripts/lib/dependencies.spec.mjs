import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dependenciesAreFresh, stampDependencies } from './dependencies.mjs';

let directory;
const write = (name, content) => writeFileSync(join(directory, name), JSON.stringify(content));
const lock = (version) => ({
  packages: { '': { version: '0.1.0' }, 'node_modules/a': { version }, 'node_modules/b': { version, optional: true } },
});

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'simpletuner-dependencies-'));
  write('package-lock.json', lock('1.0.0'));
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('node_modules', () => {
  it('are missing in a fresh clone and after an interrupted installation', () => {
    expect(dependenciesAreFresh(directory)).toBe(false);
    mkdirSync(join(directory, 'node_modules'));
    expect(dependenciesAreFresh(directory)).toBe(false);
  });

  it('are fresh until package-lock.json changes', () => {
    mkdirSync(join(directory, 'node_modules'));
    stampDependencies(directory);
    expect(dependenciesAreFresh(directory)).toBe(true);
    write('package-lock.json', lock('1.0.1'));
    expect(dependenciesAreFresh(directory)).toBe(false);
  });

  it('are stale for a Node with another ABI', () => {
    mkdirSync(join(directory, 'node_modules'));
    stampDependencies(directory);
    const { modules } = process.versions;
    Object.defineProperty(process.versions, 'modules', { value: '1', configurable: true });
    try {
      expect(dependenciesAreFresh(directory)).toBe(false);
    } finally {
      Object.defineProperty(process.versions, 'modules', { value: modules, configurable: true });
    }
  });

  it('installed by hand are fresh when they are what package-lock.json asks for', () => {
    mkdirSync(join(directory, 'node_modules'));
    write('node_modules/.package-lock.json', { packages: { 'node_modules/a': { version: '1.0.0' } } });
    expect(dependenciesAreFresh(directory)).toBe(true);
    write('node_modules/.package-lock.json', { packages: { 'node_modules/a': { version: '0.9.0' } } });
    expect(dependenciesAreFresh(directory)).toBe(false);
  });

  it('stay fresh after a package was added by hand', () => {
    mkdirSync(join(directory, 'node_modules'));
    stampDependencies(directory);
    write('package-lock.json', lock('1.0.1'));
    write('node_modules/.package-lock.json', { packages: { 'node_modules/a': { version: '1.0.1' } } });
    expect(dependenciesAreFresh(directory)).toBe(true);
  });
});
