import { join } from 'node:path';
import { DocumentReader, type ReadDocument } from './cached-document.js';
import { documentOf, parsed, type Document } from './document.js';
import { SourceFault } from './source-fault.js';
import { readTextFile, type TextFile } from './text-file.js';

/** In this order; the first that exists counts. */
export const secretFileNames = ['secrets.json', 'secrets.yaml', 'secrets.yml'] as const;

const READABLE_BY_OTHERS = 0o066;

/** The secrets file of contract §13: a flat map in JSON or YAML that nobody but its owner can read. */
export class FileReader extends DocumentReader {
  override readonly name = 'file';
  override readonly label = 'The secrets file';
  private known: { readonly fileName: string; readonly signature: string; readonly document: Document } | undefined;

  /** @param allowsInsecure accept a file that others can read or write. */
  constructor(
    private readonly folder: string,
    private readonly allowsInsecure: boolean,
  ) {
    super();
  }

  override async read(): Promise<ReadDocument> {
    for (const fileName of secretFileNames) {
      const known = this.known?.fileName === fileName ? this.known : undefined;
      const file = await readTextFile(join(this.folder, fileName), known?.signature);
      if (file === undefined) continue;
      if (file !== 'unchanged') return { document: await this.take(fileName, file) };
      if (known) return { document: known.document };
    }
    this.known = undefined;
    return { document: new Map() };
  }

  private async take(fileName: string, { text, mode, signature }: TextFile): Promise<Document> {
    if (!this.allowsInsecure && process.platform !== 'win32' && (mode & READABLE_BY_OTHERS) !== 0)
      throw new SourceFault(
        `is refused because others can read it: run chmod 600 ${fileName}, or set SIMPLETUNER_SECRETS_ALLOW_INSECURE=true`,
      );
    const document = await parseSecretFile(fileName, text);
    this.known = { fileName, signature, document };
    return document;
  }
}

/** @throws SourceFault, which quotes nothing of the text. */
export async function parseSecretFile(fileName: string, text: string): Promise<Document> {
  if (text.trim() === '') return new Map();
  if (fileName.endsWith('.json')) return documentOf(parsed(() => JSON.parse(text) as unknown, 'JSON'));
  const yaml = await import('yaml');
  // All scalars are text in this schema, so that 0123 and 1e5 stay what was written; no warnings, which would quote it.
  return documentOf(parsed(() => yaml.parse(text, { schema: 'failsafe', logLevel: 'error' }) as unknown, 'YAML') ?? {});
}
