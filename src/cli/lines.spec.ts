import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linesOf } from './lines.js';

async function read(chunks: readonly string[], lineCharsMax = 1_000): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of linesOf(stream(chunks), lineCharsMax)) lines.push(line);
  return lines;
}
async function* stream(chunks: readonly string[]): AsyncGenerator<string> {
  yield* chunks;
}

describe('lines', () => {
  it('are the same however the text was cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ maxLength: 9 })), fc.boolean(), async (parts, isEnded) => {
        const text = parts.join('\n') + (isEnded ? '\n' : '');
        const expected = text.split('\n');
        if (expected.at(-1) === '') expected.pop();
        expect(await read(Array.from(text))).toEqual(expected);
        expect(await read([text])).toEqual(expected);
      }),
    );
  });

  it('end at one that is too long', async () => {
    expect(await read(['a\n', 'b'.repeat(6), 'b'.repeat(6), '\nc'], 10)).toEqual(['a', 'b'.repeat(12)]);
  });
});
