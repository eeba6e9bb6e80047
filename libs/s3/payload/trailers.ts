import { S3Error } from '../errors.js';
import type { ChunkSignatureChain } from './chunk-signatures.js';

const signatureName = 'x-amz-trailer-signature';

/** Collects the trailing headers of an aws-chunked body and holds them against what was announced. */
export class TrailerReader {
  readonly values = new Map<string, string>();
  private signature: string | undefined;

  constructor(
    private readonly announced: readonly string[],
    private readonly signatures: ChunkSignatureChain | undefined,
  ) {}

  accept(line: string): void {
    const [, rawName = '', value = ''] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):([\t\x20-\x7e]*\n?)$/.exec(line) ?? [];
    const name = rawName.toLowerCase();
    if (name === signatureName && this.signature === undefined) {
      this.signature = value.trim();
    } else if (!this.announced.includes(name) || this.values.has(name) || this.signature !== undefined) {
      throw malformed('The trailer holds a line that was not announced, is repeated or is not a header.');
    } else {
      this.values.set(name, value.trim());
    }
  }

  end(): void {
    const missing = this.announced.find((name) => !this.values.has(name));
    if (missing !== undefined) throw malformed(`The announced trailer ${missing} is missing.`);
    if (!this.signatures || (this.announced.length === 0 && this.signature === undefined)) return;
    if (this.signature === undefined) throw malformed(`The trailer ${signatureName} is missing.`);
    const lines = [...this.values].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}:${value}\n`);
    this.signatures.checkTrailer(lines.join(''), this.signature);
  }
}

function malformed(message: string): S3Error {
  return new S3Error('MalformedTrailerError', message);
}
