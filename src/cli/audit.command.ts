import { createPublicKey, type KeyObject } from 'node:crypto';
import { createReadStream, readFileSync } from 'node:fs';
import { explain, verifyExport } from '#libs/audit-chain';
import { openKeyring, StartError } from '../config/index.js';
import { linesOf } from './lines.js';
import type { CommandContext } from './command-context.js';

/** Longer than any line of an export. */
const LINE_CHARS_MAX = 5 * 1024 * 1024;

/** Prints the key with which others prove exports of this server. */
export function publicKey({ config, print }: CommandContext): void {
  const keys = openKeyring(config()).verificationKeys();
  print(keys.map((key) => key.export({ type: 'spki', format: 'pem' }).toString().trim()).join('\n'));
}

/** Proves an export from the file and the keys alone; exit code 1 when it is not what the server signed. */
export async function verify(
  { print }: CommandContext,
  file: string,
  options: { key: readonly string[] },
): Promise<void> {
  const publicKeys = options.key.flatMap(readPublicKeys);
  const chunks = file === '-' ? process.stdin.setEncoding('utf8') : createReadStream(file, 'utf8');
  const lines = linesOf(chunks as AsyncIterable<string>, LINE_CHARS_MAX);
  const result = await verifyExport(lines, publicKeys).catch((error: unknown) => {
    throw unreadable(file, error);
  });
  if (!result.ok) {
    print(`NOT VALID. ${explain(result.finding)} ${result.rowCount} rows before that are in order.`);
    process.exitCode = 1;
    return;
  }
  const { rowCount, firstSequence, lastSequence, signedAtMs } = result;
  print(`Valid: ${rowCount} rows, ${firstSequence} to ${lastSequence}, signed ${new Date(signedAtMs).toISOString()}.`);
  print('Rows written after that are not in this file; compare the last number with what you expect.');
}

function readPublicKeys(file: string): KeyObject[] {
  const blocks = readKeyFile(file).match(/-----BEGIN PUBLIC KEY-----[^-]*-----END PUBLIC KEY-----/g) ?? [];
  try {
    if (blocks.length > 0) return blocks.map((block) => createPublicKey(block));
  } catch {
    // Falls through: PEM around something else.
  }
  throw new StartError(`${file} holds no public key: expected PEM as \`simpletuner-cloud audit public-key\` prints it`);
}

function readKeyFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, cause: unknown): StartError {
  const { code = String(cause) } = cause as NodeJS.ErrnoException;
  return new StartError(`${file} cannot be read (${code})`, { cause });
}
