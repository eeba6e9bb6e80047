import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileReader } from './file-reader.js';
import { writeSecret } from './write-secret-file.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'secrets-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function read(): Promise<Record<string, string>> {
  return Object.fromEntries((await new FileReader(folder, false).read()).document);
}

describe('writing the secrets file', () => {
  it('makes a private file, and changes what is there under any spelling', async () => {
    const umask = process.umask(0);
    expect(await writeSecret(folder, 'hf-token', 'one').finally(() => process.umask(umask))).toBe('secrets.json');
    expect(statSync(join(folder, 'secrets.json')).mode & 0o777).toBe(0o600);
    await writeSecret(folder, 'OTHER', 'stays');
    await writeSecret(folder, 'HF_TOKEN', 'two');
    expect(await read()).toEqual({ HF_TOKEN: 'two', OTHER: 'stays' });
    await writeSecret(folder, 'hf.token', undefined);
    expect(await read()).toEqual({ OTHER: 'stays' });
    expect(readdirSync(folder)).toEqual(['secrets.json']);
  });

  it('keeps the comments of YAML, follows a link, and ends a loose mode', async () => {
    writeFileSync(join(folder, 'real.yaml'), '# of the team\nhf-token: one # old\nOTHER: 0123\n', { mode: 0o644 });
    symlinkSync('real.yaml', join(folder, 'secrets.yaml'));
    expect(await writeSecret(folder, 'HF_TOKEN', 'two')).toBe('secrets.yaml');
    expect(readFileSync(join(folder, 'real.yaml'), 'utf8')).toBe('# of the team\nhf-token: two # old\nOTHER: 0123\n');
    expect(await read()).toEqual({ HF_TOKEN: 'two', OTHER: '0123' });
    await writeSecret(folder, 'HF_TOKEN', undefined);
    expect(await read()).toEqual({ OTHER: '0123' });
  });

  it('leaves a file alone that it does not understand', async () => {
    for (const [name, text] of [
      ['secrets.yml', 'a: [unfinished'],
      ['secrets.yaml', '- a list'],
      ['secrets.json', '{"a": '],
    ] as const) {
      writeFileSync(join(folder, name), text);
      await expect(writeSecret(folder, 'HF_TOKEN', 'two')).rejects.toThrow();
      expect(readFileSync(join(folder, name), 'utf8')).toBe(text);
    }
  });

  it.each(['secrets.json', 'secrets.yaml'])('gives back in %s what was written', async (fileName) => {
    writeFileSync(join(folder, fileName), fileName.endsWith('json') ? '{}' : '');
    const value = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((text) => /\S/.test(text) && !text.endsWith('\n'));
    await fc.assert(
      fc.asyncProperty(fc.constantFrom('ONE', 'TWO', 'THREE'), value, async (name, text) => {
        await writeSecret(folder, name, text);
        expect((await read())[name]).toBe(text);
      }),
      { numRuns: 60 },
    );
  });
});
