/** One entry of a ZIP archive whose entries are stored. */
export interface ZipEntry {
  readonly name: string;
  readonly bytes: Buffer;
}

const CENTRAL = 0x02014b50;
const END = 0x06054b50;

/** Reads an archive by its central directory, as unpacking programs do; stored entries under 4 GiB only. */
export function readZip(archive: Buffer): ZipEntry[] {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || archive.readUInt32LE(end) !== END) throw new Error('Not a whole ZIP archive');
  const entries: ZipEntry[] = [];
  let at = archive.readUInt32LE(end + 16);
  for (let count = archive.readUInt16LE(end + 10); count > 0; count -= 1) {
    if (archive.readUInt32LE(at) !== CENTRAL || archive.readUInt16LE(at + 10) !== 0)
      throw new Error('Not a stored entry');
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => archive.readUInt16LE(at + offset));
    const local = archive.readUInt32LE(at + 42);
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    const name = archive.subarray(at + 46, at + 46 + nameLength!).toString();
    entries.push({ name, bytes: archive.subarray(start, start + archive.readUInt32LE(at + 24)) });
    at += 46 + nameLength! + extraLength! + commentLength!;
  }
  return entries;
}
