import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalName, documentOf, documentOfJson, secretValue } from './document.js';
import { parseSecretFile } from './file-reader.js';
import { SourceFault } from './source-fault.js';

describe('the names of secrets', () => {
  it('have one form', () => {
    expect(['hf-token', 'hf.token', 'HF_TOKEN', 'Hf-Token'].map(canonicalName)).toEqual(Array(4).fill('HF_TOKEN'));
  });
});

describe('a document of secrets', () => {
  it('holds text and numbers, loses one line break, and does not count emptiness', () => {
    const document = documentOf({
      A: 'a\n',
      b: 7,
      C: '',
      D: ' \n',
      E: null,
      F: { g: 'h' },
      H: ['i'],
      J: true,
      K: 'k \n\n',
    });
    expect([...document]).toEqual([
      ['A', 'a'],
      ['B', '7'],
      ['K', 'k \n'],
    ]);
  });

  it('prefers the canonical spelling of a name, wherever it stands', () => {
    for (const data of [
      { 'hf-token': 'one', HF_TOKEN: 'two' },
      { HF_TOKEN: 'two', 'hf-token': 'one' },
    ])
      expect(documentOf(data).get('HF_TOKEN')).toBe('two');
  });

  it('is refused when it is no map, no JSON or too large, without quoting it', () => {
    for (const text of ['hunter2', '"hunter2"', '["hunter2"]', 'null', '{"hunter2"', ''])
      expect(() => documentOfJson(text)).toThrow(SourceFault);
    expect(() => documentOfJson('{"a": hunter2}')).toThrow(/^holds no valid JSON$/);
    const many = Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`n${index}`, 'x']));
    expect(() => documentOf(many)).toThrow('holds more than 1000 entries');
  });

  it('holds only what counts, whatever is in the map', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), (data) => {
        for (const [name, value] of documentOf(data)) {
          expect(name).toBe(canonicalName(name));
          expect(secretValue(value)).toBeDefined();
        }
      }),
    );
  });
});

describe('a secrets file', () => {
  it('may be YAML, whose scalars stay what was written', async () => {
    const text = 'hf-token: hf_1 # why\nPIN: 0123\nBIG: 1e5\nFLAG: yes\nNONE:\n';
    expect([...(await parseSecretFile('secrets.yaml', text))]).toEqual([
      ['HF_TOKEN', 'hf_1'],
      ['PIN', '0123'],
      ['BIG', '1e5'],
      ['FLAG', 'yes'],
    ]);
  });

  it('is refused when it is broken, without quoting it', async () => {
    for (const text of ['HF_TOKEN: "hunter2', 'HF_TOKEN: {hunter2', 'HF_TOKEN: hunter2\n hunter2: [', '- hunter2'])
      await expect(parseSecretFile('secrets.yaml', text)).rejects.toThrow(
        /^(holds no valid YAML|does not hold a map .*)$/,
      );
  });

  it('may be empty', async () => {
    for (const text of ['', '\n', '# nothing yet\n']) expect((await parseSecretFile('secrets.yml', text)).size).toBe(0);
  });

  it('is read or refused, whatever is in it', async () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc
        .array(fc.constantFrom('a', ': ', '\n', '  ', '- ', '&a ', '*a', '{', '}', '"', '|', '!!x ', '<<', '%', '\t'))
        .map((parts) => parts.join('')),
    );
    const files = fc.constantFrom('secrets.json', 'secrets.yaml');
    await fc.assert(
      fc.asyncProperty(files, text, async (fileName, content) => {
        try {
          for (const value of (await parseSecretFile(fileName, content)).values()) expect(value).toMatch(/\S/);
        } catch (error) {
          expect(error).toBeInstanceOf(SourceFault);
        }
      }),
      { numRuns: 500 },
    );
  });
});
