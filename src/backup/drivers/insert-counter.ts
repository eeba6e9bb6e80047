const NEW_LINE = 10;
const START = 'INSERT INTO `';

/**
 * Counts the rows of a dump with one INSERT a row while it is written: nothing else tells how many rows the snapshot of
 * mariadb-dump has. A statement is a line, as line feeds in values are escaped.
 */
export class InsertCounter {
  readonly rows: Record<string, number> = {};
  /** The last statement of the table that was to be remembered. */
  line = '';

  constructor(
    tables: readonly string[],
    private readonly remembered: string,
  ) {
    for (const table of tables) this.rows[table] = 0;
  }

  /** Passes everything on as it is. */
  async *over(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
    let rest: Buffer[] = [];
    for await (const chunk of chunks) {
      let start = 0;
      for (let end = chunk.indexOf(NEW_LINE); end !== -1; end = chunk.indexOf(NEW_LINE, start)) {
        const piece = chunk.subarray(start, end);
        this.see(rest.length === 0 ? piece : Buffer.concat([...rest, piece]));
        rest = [];
        start = end + 1;
      }
      if (start < chunk.length) rest.push(chunk.subarray(start));
      yield chunk;
    }
    this.see(Buffer.concat(rest));
  }

  private see(line: Buffer): void {
    if (line.toString('latin1', 0, START.length) !== START) return;
    const table = line.toString('utf8', START.length, line.indexOf('`', START.length));
    this.rows[table] = (this.rows[table] ?? 0) + 1;
    if (table === this.remembered) this.line = line.toString();
  }
}
