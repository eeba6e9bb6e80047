const CUT_NOTE = '[earlier output is not shown]\n';

/**
 * The end of a log as text of at most `bytesMax` bytes: whole lines, cleaned by `clean`, with a note in front where
 * something is missing.
 */
export async function tailText(
  tail: { readonly bytes: Buffer; readonly isCut: boolean },
  bytesMax: number,
  clean: (text: string) => Promise<string>,
): Promise<string> {
  const text = await clean(tail.isCut ? fromNextLine(tail.bytes).toString('utf8') : tail.bytes.toString('utf8'));
  const note = tail.isCut ? CUT_NOTE : '';
  if (Buffer.byteLength(note) + Buffer.byteLength(text) <= bytesMax) return note + text;
  const room = Math.max(0, bytesMax - CUT_NOTE.length);
  const shortened = Buffer.from(text).subarray(-room || Infinity);
  return (CUT_NOTE + fromNextLine(shortened).toString('utf8')).slice(0, bytesMax);
}

/** The bytes after the first line end, so that no half line, and no half character, comes first. */
function fromNextLine(bytes: Buffer): Buffer {
  return bytes.subarray(bytes.indexOf('\n') + 1);
}
