import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ManualClock } from '../clock/index.js';
import { CachedDocument } from './cached-document.js';
import { EnvironmentSource } from './environment-source.js';
import { FileReader } from './file-reader.js';
import { filePolicy } from './limits.js';

let folder: string;
let clock: ManualClock;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'secrets-'));
  clock = new ManualClock();
});
afterEach(() => rmSync(folder, { recursive: true }));

function source(allowsInsecure = false): CachedDocument {
  return new CachedDocument(new FileReader(folder, allowsInsecure), filePolicy, { clock, random: () => 0.5 });
}

function write(name: string, text: string, mode = 0o600): void {
  writeFileSync(join(folder, name), text);
  chmodSync(join(folder, name), mode);
}

async function later(file: {
  find(name: string): Promise<{ value: string } | undefined>;
}): Promise<string | undefined> {
  clock.advance(1_000);
  return (await file.find('HF_TOKEN'))?.value;
}

describe('the secrets file', () => {
  it('is found under its three names, of which the first counts', async () => {
    const file = source();
    expect(await later(file)).toBeUndefined();
    write('secrets.yml', 'HF_TOKEN: yml');
    expect(await later(file)).toBe('yml');
    write('secrets.yaml', 'HF_TOKEN: yaml');
    expect(await later(file)).toBe('yaml');
    write('secrets.json', '{"HF_TOKEN": "json"}');
    expect(await later(file)).toBe('json');
    unlinkSync(join(folder, 'secrets.json'));
    expect(await later(file)).toBe('yaml');
  });

  it('is read again when it was rewritten, replaced, or a folder on its way was swapped', async () => {
    const file = source();
    for (const version of ['one', 'two', 'thr']) {
      mkdirSync(join(folder, version));
      write(`${version}/secrets.json`, JSON.stringify({ HF_TOKEN: version }));
    }
    symlinkSync('one', join(folder, '..data'));
    symlinkSync('..data/secrets.json', join(folder, 'secrets.json'));
    expect(await later(file)).toBe('one');
    symlinkSync('two', join(folder, 'next'));
    renameSync(join(folder, 'next'), join(folder, '..data'));
    expect(await later(file)).toBe('two');
    renameSync(join(folder, 'thr/secrets.json'), join(folder, 'two/secrets.json'));
    expect(await later(file)).toBe('thr');
    write('two/secrets.json', '{"HF_TOKEN": "for"}');
    expect(await later(file)).toBe('for');
  });

  it('keeps its last good values while it is broken, and loses them when it is gone', async () => {
    const file = source();
    write('secrets.json', '{"HF_TOKEN": "good"}');
    expect(await later(file)).toBe('good');
    write('secrets.json', '{"HF_TOKEN": "half');
    expect(await later(file)).toBe('good');
    expect(file.state()).toMatchObject({ trouble: 'holds no valid JSON', isRead: true });
    unlinkSync(join(folder, 'secrets.json'));
    expect(await later(file)).toBeUndefined();
    expect(file.state().trouble).toBeUndefined();
  });

  it.each([0o640, 0o604, 0o620, 0o644])('is refused with mode %o, unless that is allowed', async (mode) => {
    const file = source();
    write('secrets.json', '{"HF_TOKEN": "open"}', mode);
    expect(await later(file)).toBeUndefined();
    expect(file.state().trouble).toContain('chmod 600 secrets.json');
    expect(await later(source(true))).toBe('open');
    chmodSync(join(folder, 'secrets.json'), 0o400);
    expect(await later(file)).toBe('open');
  });

  it('is refused when it is too large or no file', async () => {
    const file = source();
    mkdirSync(join(folder, 'secrets.json'));
    await later(file);
    expect(file.state().trouble).toBe('is no file');
    rmSync(join(folder, 'secrets.json'), { recursive: true });
    write('secrets.json', ' '.repeat(1_048_577));
    await later(file);
    expect(file.state().trouble).toBe('is larger than 1048576 bytes');
  });
});

describe('the environment', () => {
  it('has a value by variable or by the file that NAME_FILE names; an empty one does not count', async () => {
    const path = join(folder, 'token');
    const variables: Record<string, string> = { HF_TOKEN: ' ', HF_TOKEN_FILE: path };
    const environment = new EnvironmentSource((name) => variables[name], { clock, random: () => 0.5 });
    expect(await later(environment)).toBeUndefined();
    expect(environment.state()).toMatchObject({ label: 'The file named by HF_TOKEN_FILE', trouble: 'does not exist' });
    writeFileSync(path, 'mounted\n');
    expect(await later(environment)).toBe('mounted');
    writeFileSync(path, 'rotated\n');
    expect(await later(environment)).toBe('rotated');
    unlinkSync(path);
    expect(await later(environment)).toBe('rotated');
    variables['HF_TOKEN'] = 'direct';
    expect(await later(environment)).toBe('direct');
  });
});
