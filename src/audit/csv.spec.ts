import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvRecord } from './csv.js';

/** A strict reader of one RFC 4180 record. */
function parse(record: string): string[] {
  const cells = record.slice(0, -2).match(/(?<=^|,)("(?:[^"]|"")*"|[^",\r\n]*)(?=,|$)/g) ?? [];
  return cells.map((cell) => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell));
}

describe('a CSV record', () => {
  it('keeps numbers bare, nothing empty, and quotes text', () => {
    expect(csvRecord([1, null, 'a "b", c\n'])).toBe('1,,"a ""b"", c\n"\r\n');
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '\n', '  =1', '＝1', '＠x'])('disarms %j', (text) => {
    expect(csvRecord([text])).toBe(`"'${text}"\r\n`);
  });

  it.each(['{"a":"=1"}', "it's", '10.0.0.1', '', 'a=b'])('leaves %j as it is', (text) => {
    expect(parse(csvRecord([text]))).toEqual([text]);
  });

  it('never lets a cell out of its place, whatever it holds', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (cells) => {
        const read = parse(csvRecord(cells));
        expect(read).toHaveLength(cells.length);
        read.forEach((text, index) => expect([cells[index], `'${cells[index]}`]).toContain(text));
        expect(read.every((text) => !/^[=+\-@\t\r\n]/.test(text))).toBe(true);
      }),
    );
  });
});
