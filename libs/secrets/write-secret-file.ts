import { mkdir, open, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { canonicalName, parsed } from './document.js';
import { parseSecretFile, secretFileNames } from './file-reader.js';
import { readTextFile } from './text-file.js';

/**
 * Sets a secret in the secrets file of `folder`, or removes it, whatever its spelling there; comments of a YAML file stay. The file is
 * replaced in one step, with mode 0600, so that readers see the old or the new one. Returns the name of the file.
 * @throws SourceFault when the present file cannot be understood: it is left as it is.
 */
export async function writeSecret(folder: string, name: string, value: string | undefined): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const { fileName, text } = await presentFile(folder);
  await parseSecretFile(fileName, text);
  const changed = fileName.endsWith('.json') ? changedJson(text, name, value) : await changedYaml(text, name, value);
  await replaceFile(join(folder, fileName), changed);
  return fileName;
}

async function presentFile(folder: string): Promise<{ fileName: string; text: string }> {
  for (const fileName of secretFileNames) {
    const file = await readTextFile(join(folder, fileName));
    if (file !== undefined && file !== 'unchanged') return { fileName, text: file.text };
  }
  return { fileName: secretFileNames[0], text: '' };
}

function changedJson(text: string, name: string, value: string | undefined): string {
  const present = (text.trim() === '' ? {} : parsed(() => JSON.parse(text) as unknown, 'JSON')) as object;
  const others = Object.entries(present).filter(([other]) => canonicalName(other) !== canonicalName(name));
  const entries = value === undefined ? others : [...others, [canonicalName(name), value]];
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
}

async function changedYaml(text: string, name: string, value: string | undefined): Promise<string> {
  const { isMap, isScalar, parseDocument } = await import('yaml');
  const document = parseDocument(text, { schema: 'failsafe', logLevel: 'error' });
  const { contents } = document;
  const spellings = (isMap(contents) ? contents.items : [])
    .map(({ key }) => (isScalar(key) ? key.value : undefined))
    .filter((other): other is string => typeof other === 'string' && canonicalName(other) === canonicalName(name));
  const [kept = canonicalName(name), ...others] = value === undefined ? [undefined, ...spellings] : spellings;
  for (const spelling of others) document.delete(spelling);
  if (value !== undefined) document.set(kept, value);
  return document.toString({ lineWidth: 0 });
}

/** A link stays a link: what it leads to is replaced. */
async function replaceFile(path: string, text: string): Promise<void> {
  const target = await realpath(path).catch(() => path);
  const draft = `${target}.${process.pid}.draft`;
  try {
    const file = await open(draft, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  const folder = await open(dirname(target), 'r');
  await folder.sync().finally(() => folder.close());
}
