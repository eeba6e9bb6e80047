import { getLogger, registerSecret } from '../log/index.js';
import { canonicalName } from './document.js';
import type { FoundSecret, SecretSource, SourceName, SourceState } from './secret-source.js';

const log = getLogger('secrets');

/** Where a secret comes from; never what it is. */
export interface SecretDescription {
  readonly name: string;
  readonly source: SourceName | null;
  readonly ageMs: number | null;
  readonly fingerprint: string | null;
  /** Sources that have a value too, which does not count. */
  readonly shadowed: readonly SourceName[];
}

/** Secrets from several sources; the first that has a value wins. Whatever is given out is registered with the log redactor. */
export class SecretChain {
  private readonly given = new Map<string, string>();

  constructor(
    private readonly sources: readonly SecretSource[],
    private readonly knownNames: readonly string[],
  ) {}

  /** The value that counts now. Never rejects. */
  async get(name: string): Promise<string | undefined> {
    return this.first(canonicalName(name), (source, canonical) => source.find(canonical));
  }

  /** The same after reading the sources anew, up to the one that has a value. */
  async refresh(name: string): Promise<string | undefined> {
    return this.first(canonicalName(name), async (source, canonical) => {
      await source.refresh();
      return source.find(canonical);
    });
  }

  /** Whether a value is known without asking anybody. */
  isKnown(name: string): boolean {
    const canonical = canonicalName(name);
    return this.sources.some((source) => source.peek(canonical) !== undefined);
  }

  /** Every name that is known or was asked for, with its value reduced to what `fingerprint` makes of it. */
  async describe(fingerprint: (value: string) => string): Promise<SecretDescription[]> {
    const listed = (await Promise.all(this.sources.map((source) => source.names()))).flat();
    const names = [...new Set([...this.knownNames, ...this.given.keys(), ...listed])].sort();
    return Promise.all(names.map((name) => this.describeOne(name, fingerprint)));
  }

  /** The sources that have a value, after reading them anew; the first is the one that counts. */
  async sourcesOf(name: string): Promise<SourceName[]> {
    await Promise.all(this.sources.map((source) => source.refresh()));
    const { source, shadowed } = await this.describeOne(canonicalName(name), () => '');
    return source === null ? [] : [source, ...shadowed];
  }

  states(): SourceState[] {
    return this.sources.map((source) => source.state());
  }

  /** One round of upkeep: reads what will soon be too old, also for those names that nobody has asked for yet. */
  async keepFresh(): Promise<void> {
    await Promise.all(this.sources.map((source) => source.keepFresh(this.knownNames)));
    for (const name of this.knownNames) {
      // Not asked for by `get`, which would look for a missing secret again and again.
      const source = this.sources.find((each) => each.peek(name) !== undefined);
      const found = source?.peek(name);
      if (source && found) this.give(name, found.value, source.name);
    }
  }

  close(): void {
    for (const source of this.sources) source.close();
  }

  private async first(
    name: string,
    ask: (source: SecretSource, name: string) => Promise<FoundSecret | undefined>,
  ): Promise<string | undefined> {
    for (const source of this.sources) {
      const found = await ask(source, name);
      if (found) return this.give(name, found.value, source.name);
    }
    return undefined;
  }

  private give(name: string, value: string, source: SourceName): string {
    const before = this.given.get(name);
    if (before === value) return value;
    register(value);
    this.given.set(name, value);
    if (before !== undefined) log.info('A secret has a new value', { secret_name: name, source });
    return value;
  }

  private async describeOne(name: string, fingerprint: (value: string) => string): Promise<SecretDescription> {
    const answers = await Promise.all(this.sources.map(async (source) => ({ source, found: await source.find(name) })));
    const having = answers.flatMap(({ source, found }) => (found ? [{ source: source.name, ...found }] : []));
    for (const { value } of having) register(value);
    const [winner, ...others] = having;
    return {
      name,
      source: winner?.source ?? null,
      ageMs: winner?.ageMs ?? null,
      fingerprint: winner ? fingerprint(winner.value) : null,
      shadowed: others.map(({ source }) => source),
    };
  }
}

/** Some values are lists, whose members are secrets by themselves. */
function register(value: string): void {
  for (const text of new Set([value, ...value.split(',').map((part) => part.trim())])) registerSecret(text);
}
