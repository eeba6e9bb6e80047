import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { archiveNames } from './archive-names.js';

describe('names in an archive', () => {
  it('stay what they are where they can', () => {
    const keys = ['a b+c/é~(1)%41.txt', 'run/checkpoint-1/model.safetensors', '..hidden/a..b', '\u{1f680}'];
    expect(archiveNames(keys, 'job')).toEqual(keys.map((key) => `job/${key}`));
  });

  it.each([
    [['/etc/passwd'], ['job/_/etc/passwd']],
    [['a//b'], ['job/a/_/b']],
    [['folder/'], ['job/folder/_']],
    [['C:/windows'], ['job/C_/windows']],
    [
      ['a', 'a/b', 'a/b/c'],
      ['job/a~2', 'job/a/b~2', 'job/a/b/c'],
    ],
    [
      ['Model.bin', 'model.bin'],
      ['job/Model.bin', 'job/model.bin~2'],
    ],
    [
      ['e\u0301', '\u00e9'],
      ['job/e\u0301', 'job/\u00e9~2'],
    ],
  ])('make %j safe', (keys, names) => {
    expect(archiveNames(keys, 'job')).toEqual(names);
  });

  it('never leave the folder or collide, whatever the keys', () => {
    const segment = fc.constantFrom('', 'a', 'A', 'b', 'C:', 'a~2', '\u00e9', 'e\u0301', '..x');
    const key = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    fc.assert(
      fc.property(fc.uniqueArray(key, { maxLength: 30 }), (keys) => {
        const names = archiveNames(keys, 'job').map((name) => name.normalize('NFC').toLowerCase());
        expect(new Set(names).size).toBe(names.length);
        for (const name of names) {
          expect(name.split('/').every((part) => part !== '' && part !== '.' && part !== '..')).toBe(true);
          expect(names.some((other) => other.startsWith(`${name}/`))).toBe(false);
        }
      }),
    );
  });
});
