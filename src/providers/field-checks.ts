import { X509Certificate } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { AddressList, parseAddressList } from '#libs/client-address';
import { isForbiddenHost } from '#libs/outbound';
import { expandHome, publicUrlProblem } from '../config/index.js';

/** Why a value is not allowed, as the end of a sentence that begins with the field's name. */
export class FieldProblem extends Error {
  constructor(
    message: string,
    readonly isMalformed = false,
  ) {
    super(message);
  }
}

/** Returns the value in its stored form; throws FieldProblem when it is not allowed. */
export type Check<T> = (value: unknown) => T | Promise<T>;

const TEXT_LENGTH_MAX = 2_048;
const ALLOW_LIST_ENTRIES_MAX = 1_000;
const CA_BUNDLE_BYTES_MAX = 4_194_304;
const JSON_LENGTH_MAX = 16_384;

export const flag: Check<boolean> = (value) => {
  if (typeof value !== 'boolean') throw new FieldProblem('must be true or false');
  return value;
};

/** A number from `minimum` to `maximum`, both included. */
export function number(minimum: number, maximum: number): Check<number> {
  return (value) => {
    if (typeof value !== 'number' || !(value >= minimum && value <= maximum))
      throw new FieldProblem(`must be a number from ${minimum} to ${maximum}`);
    return value;
  };
}

export function integer(minimum: number, maximum: number): Check<number> {
  return (value) => {
    if (!Number.isSafeInteger(value) || (value as number) < minimum || (value as number) > maximum)
      throw new FieldProblem(`must be a whole number from ${minimum} to ${maximum}`);
    return value as number;
  };
}

export function oneOf<const Words extends readonly string[]>(...words: Words): Check<Words[number]> {
  return (value) => {
    const word = words.find((candidate) => candidate === value);
    if (word === undefined) throw new FieldProblem(`must be one of ${words.join(', ')}`);
    return word;
  };
}

/** One line of text. */
export const line: Check<string> = (value) => {
  if (typeof value !== 'string' || value.length > TEXT_LENGTH_MAX)
    throw new FieldProblem(`must be text of at most ${TEXT_LENGTH_MAX} characters`);
  if (/\p{Cc}/u.test(value)) throw new FieldProblem('must not hold control characters');
  return value.trim();
};

export function matching(pattern: RegExp, allowed: string): Check<string> {
  return async (value) => {
    const text = await line(value);
    if (!pattern.test(text)) throw new FieldProblem(`must be ${allowed}`);
    return text;
  };
}

/** A path that does not depend on where the server was started; `~` is the home directory. */
export const path: Check<string> = async (value) => {
  const text = await line(value);
  if (!isAbsolute(expandHome(text))) throw new FieldProblem('must be an absolute path, or one that begins with ~/');
  return text;
};

/** A URL under which jobs and providers reach this server (contract §1). */
export const publicUrl: Check<string> = async (value) => {
  const text = await line(value);
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) throw new FieldProblem('must be an https URL');
  const problem = publicUrlProblem(text, '');
  if (problem !== undefined) throw new FieldProblem(problem.replace(/^: allowed:/, 'must be'));
  refuseForbiddenHost(new URL(text));
  return text.replace(/\/+$/, '');
};

export const proxyUrl: Check<string> = async (value) => {
  const text = await line(value);
  const url = /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  if (!url) throw new FieldProblem('must be an http or https URL');
  if (url.pathname !== '/' || url.search || url.hash)
    throw new FieldProblem('must name the proxy only, without path, query or fragment');
  refuseForbiddenHost(url);
  return text;
};

/** What is written out is refused at once; what a name leads to is judged whenever it is connected to. */
function refuseForbiddenHost(url: URL): void {
  if (isForbiddenHost(url)) throw new FieldProblem('must not lead to a link-local or metadata address');
}

/** A bad entry refuses the whole write as malformed (400), naming the entry (contract §6). */
export const addressList: Check<readonly string[]> = (value) => {
  if (!Array.isArray(value) || value.length > ALLOW_LIST_ENTRIES_MAX)
    throw new FieldProblem(`must be a list of at most ${ALLOW_LIST_ENTRIES_MAX} addresses or CIDR ranges`, true);
  return (value as unknown[]).map((entry) => {
    const text = typeof entry === 'string' ? entry.trim() : undefined;
    if (text === undefined || !isAddressOrRange(text))
      throw new FieldProblem(`${JSON.stringify(entry).slice(0, 100)} is not an IP address or CIDR range`, true);
    return text;
  });
};

function isAddressOrRange(text: string): boolean {
  try {
    return parseAddressList([text]) instanceof AddressList;
  } catch {
    return false;
  }
}

/** A file of PEM certificates that this server can read, every one of them well-formed. */
export const certificateBundle: Check<string> = async (value) => {
  const text = await path(value);
  const pem = await readPem(expandHome(text)).catch((error: unknown) => {
    if (error instanceof FieldProblem) throw error;
    throw new FieldProblem(`the file cannot be read (${(error as NodeJS.ErrnoException).code ?? 'error'})`);
  });
  const certificates = pem.match(
    /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]*-----END (?:TRUSTED )?CERTIFICATE-----/g,
  );
  if (!certificates) throw new FieldProblem('the file holds no PEM certificate');
  const isWellFormed = certificates.every((certificate) => isCertificate(certificate));
  if (!isWellFormed) throw new FieldProblem('the file holds a certificate that cannot be read');
  return text;
};

/** Looked at before it is read: a device or a pipe would never end. */
async function readPem(file: string): Promise<string> {
  const found = await stat(file);
  if (!found.isFile()) throw new FieldProblem('must be the path of a file');
  if (found.size > CA_BUNDLE_BYTES_MAX) throw new FieldProblem(`the file is larger than ${CA_BUNDLE_BYTES_MAX} bytes`);
  return readFile(file, 'latin1');
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

/** A JSON object of free form. */
export const jsonObject: Check<Readonly<Record<string, unknown>>> = (value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new FieldProblem('must be a JSON object');
  if (JSON.stringify(value).length > JSON_LENGTH_MAX)
    throw new FieldProblem(`must be at most ${JSON_LENGTH_MAX} characters of JSON`);
  return value as Readonly<Record<string, unknown>>;
};
