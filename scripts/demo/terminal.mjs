// @ts-check

const isColourful = process.stdout.isTTY && !process.env['NO_COLOR'];

/** @param {number} code */
function paint(code) {
  return (/** @type {string} */ text) => (isColourful ? `\x1b[${String(code)}m${text}\x1b[0m` : text);
}

export const bold = paint(1);
export const dim = paint(2);
export const red = paint(31);
export const green = paint(32);

/** @param {string} text */
export function print(text = '') {
  process.stdout.write(`${text}\n`);
}

/** A heading with room above it. @param {string} text */
export function heading(text) {
  print();
  print(bold(text));
}

/**
 * Rows with their columns aligned; columns whose cells are all numbers of bytes or money stay readable as text.
 * @param {string[][]} rows
 * @param {Set<number>} [rightAligned] columns
 */
export function table(rows, rightAligned = new Set()) {
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  for (const row of rows) {
    const cells = row.map((cell, column) => {
      const width = widths[column] ?? 0;
      if (rightAligned.has(column)) return cell.padStart(width);
      return column === row.length - 1 ? cell : cell.padEnd(width);
    });
    print(`  ${cells.join('  ')}`);
  }
}

/** Seconds since the demo began, for the margin. */
export function elapsed() {
  return dim(`${(performance.now() / 1000).toFixed(1).padStart(6)} s `);
}
