/**
 * The lines of a text that arrives in chunks, without their line feeds. A line is given up at `lineCharsMax`, cut there, so that a
 * file without line feeds cannot fill the memory.
 */
export async function* linesOf(chunks: AsyncIterable<string>, lineCharsMax: number): AsyncGenerator<string, undefined> {
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
    if (rest.length <= lineCharsMax) continue;
    yield rest;
    return undefined;
  }
  if (rest !== '') yield rest;
  return undefined;
}
