import { CachedDocument, DocumentReader, type CacheWorld, type ReadDocument } from './cached-document.js';
import { secretValue } from './document.js';
import { filePolicy } from './limits.js';
import { SecretSource, type FoundSecret, type SourceState } from './secret-source.js';
import { SourceFault } from './source-fault.js';
import { readTextFile } from './text-file.js';

/** Environment variables, and the files that `NAME_FILE` names, which may be replaced while the server runs. */
export class EnvironmentSource extends SecretSource {
  override readonly name = 'env';
  private readonly files = new Map<string, CachedDocument>();

  constructor(
    private readonly variable: (name: string) => string | undefined,
    private readonly world: CacheWorld,
  ) {
    super();
  }

  override async find(name: string): Promise<FoundSecret | undefined> {
    return this.direct(name) ?? (await this.fileOf(name)?.find(name));
  }

  override peek(name: string): FoundSecret | undefined {
    return this.direct(name) ?? this.files.get(name)?.peek(name);
  }

  override async refresh(): Promise<void> {
    await Promise.all([...this.files.values()].map((file) => file.refresh()));
  }

  override async keepFresh(names: readonly string[]): Promise<void> {
    for (const name of names) this.fileOf(name);
    await Promise.all([...this.files.values()].map((file) => file.keepFresh()));
  }

  /** The environment holds much else, so it is not listed. */
  override async names(): Promise<readonly string[]> {
    return [];
  }

  override state(): SourceState {
    const states = [...this.files.values()].map((file) => file.state());
    const trouble = states.find((state) => state.trouble !== undefined);
    return {
      name: 'env',
      label: 'The environment',
      isRead: true,
      trouble: undefined,
      failingForMs: undefined,
      ...trouble,
    };
  }

  override close(): void {
    // Nothing is held open.
  }

  private direct(name: string): FoundSecret | undefined {
    const value = secretValue(this.variable(name) ?? '');
    return value === undefined ? undefined : { value, ageMs: 0 };
  }

  private fileOf(name: string): CachedDocument | undefined {
    const path = secretValue(this.variable(`${name}_FILE`) ?? '');
    if (path === undefined) return undefined;
    const known = this.files.get(name);
    if (known) return known;
    const file = new CachedDocument(new NamedFileReader(name, path), filePolicy, this.world);
    this.files.set(name, file);
    return file;
  }
}

/** One value in a file of its own, as Docker and Kubernetes mount secrets. */
class NamedFileReader extends DocumentReader {
  override readonly name = 'env';
  override readonly label: string;

  constructor(
    private readonly secret: string,
    private readonly path: string,
  ) {
    super();
    this.label = `The file named by ${secret}_FILE`;
  }

  override async read(): Promise<ReadDocument> {
    const file = await readTextFile(this.path);
    if (file === undefined || file === 'unchanged') throw new SourceFault('does not exist');
    const value = secretValue(file.text);
    return { document: new Map(value === undefined ? [] : [[this.secret, value]]) };
  }
}
