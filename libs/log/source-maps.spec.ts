import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { originalPosition, stackInSource } from './source-maps.js';

let folder: string;
let file: string;
const line = (text: string, of: string): number => of.split('\n').findIndex((each) => each.includes(text)) + 1;
const source = `interface Gone {\n  a: 1;\n}\n\nexport function fail(): never {\n  throw new Error('why');\n}\n`;
let output: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'maps-'));
  file = join(folder, 'built.js');
  const compilerOptions = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, sourceMap: true };
  const compiled = ts.transpileModule(source, { fileName: 'built.ts', compilerOptions });
  output = compiled.outputText;
  writeFileSync(file, output);
  writeFileSync(`${file}.map`, compiled.sourceMapText ?? '');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('a place of a compiled file', () => {
  it('is told in terms of its source, by path and by URL', () => {
    const compiledLine = line('throw', output);
    expect(compiledLine).not.toBe(line('throw', source));
    for (const name of [file, pathToFileURL(file).href])
      expect(originalPosition(name, compiledLine, 5)).toMatchObject({
        file: join(folder, 'built.ts'),
        line: line('throw', source),
      });
  });

  it('stays what it is without a map, in a library, and where a file or map cannot be read', () => {
    writeFileSync(join(folder, 'plain.js'), 'throw 1;\n');
    writeFileSync(join(folder, 'broken.js'), 'throw 1;\n//# sourceMappingURL=broken.js.map\n');
    writeFileSync(join(folder, 'broken.js.map'), '{"version":');
    for (const name of ['plain.js', 'broken.js', 'absent.js', 'source.ts', 'node_modules/a/index.js', ''])
      expect(originalPosition(join(folder, name), 1, 1)).toBeUndefined();
  });
});

describe('a stack', () => {
  it('names the sources, and keeps its words and the places that have none', () => {
    const stack = [
      `Error: at ${file}:1:1`,
      `    at fail (${pathToFileURL(file).href}:${line('throw', output)}:11)`,
      `    at ${file}:${line('throw', output)}:11`,
      '    at node:internal/main:1:1',
    ].join('\n');
    const place = `${join(folder, 'built.ts')}:${line('throw', source)}:`;
    expect(stackInSource(stack).split('\n')).toEqual([
      `Error: at ${file}:1:1`,
      expect.stringMatching(new RegExp(`^ {4}at fail \\(${place}\\d+\\)$`)),
      expect.stringMatching(new RegExp(`^ {4}at ${place}\\d+$`)),
      '    at node:internal/main:1:1',
    ]);
  });

  it('of any length and wording takes no time worth mentioning, and loses nothing', () => {
    for (const words of [
      `    at ${'/'.repeat(300_000)}`,
      '    at (/x.js:1:1)\n'.repeat(30_000),
      '/.js:'.repeat(100_000),
    ])
      expect(stackInSource(words)).toBe(words);
  });
});
