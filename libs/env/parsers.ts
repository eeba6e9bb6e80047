/** Turns the text of a variable into its value; throws when the text is not allowed. */
export interface Parser<T> {
  (text: string): T;
  /** What is allowed, in words that finish the sentence "allowed: …". */
  readonly allowed: string;
  /** The text that stands for a value, where `String` would not tell it. */
  show?(value: T): string;
}

function parser<T>(allowed: string, parse: (text: string) => T, show?: (value: T) => string): Parser<T> {
  return Object.assign((value: string) => parse(value), { allowed, ...(show && { show }) });
}

function refuse(): never {
  throw new Error('not allowed');
}

export const text: Parser<string> = parser('text', (value) => value);

/** A whole number from `minimum` to `maximum`, both included. */
export function integer(minimum: number, maximum: number): Parser<number> {
  return parser(`a whole number from ${minimum} to ${maximum}`, (value) => {
    if (!/^-?\d+$/.test(value.trim())) refuse();
    const number = Number(value);
    return number >= minimum && number <= maximum ? number : refuse();
  });
}

/** A number of seconds, fractions allowed; the value is in milliseconds. */
export function seconds(minimum: number, maximum: number): Parser<number> {
  const parse = (value: string): number => {
    if (!/^\d+(\.\d+)?$/.test(value.trim())) refuse();
    const number = Number(value);
    return number >= minimum && number <= maximum ? Math.round(number * 1000) : refuse();
  };
  return parser(`a number of seconds from ${minimum} to ${maximum}`, parse, (valueMs) => String(valueMs / 1000));
}

export const flag: Parser<boolean> = parser('true or false (also 1/0, yes/no, on/off)', (value) => {
  const word = value.trim().toLowerCase();
  if (['true', '1', 'yes', 'on'].includes(word)) return true;
  return ['false', '0', 'no', 'off'].includes(word) ? false : refuse();
});

/** One of the given words, upper and lower case alike. */
export function oneOf<const Words extends readonly string[]>(...words: Words): Parser<Words[number]> {
  return parser(words.join(', '), (value) => {
    return words.find((word) => word.toLowerCase() === value.trim().toLowerCase()) ?? refuse();
  });
}

/** A comma-separated list; empty entries are dropped. */
export function list<T>(entry: Parser<T>): Parser<readonly T[]> {
  return parser(`a comma-separated list, each ${entry.allowed}`, (value) =>
    value
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .map((part) => entry(part)),
  );
}

/** A URL with one of the given schemes (without the colon). */
export function url(...schemes: readonly string[]): Parser<string> {
  return parser(`a URL starting with ${schemes.map((scheme) => `${scheme}://`).join(' or ')}`, (value) => {
    const trimmed = value.trim();
    const parsed = URL.canParse(trimmed) ? new URL(trimmed) : undefined;
    return parsed && schemes.includes(parsed.protocol.slice(0, -1)) ? trimmed : refuse();
  });
}

/** An IP address or CIDR range as text; `isValid` is the judge, so that this library needs no address parser. */
export function cidrText(isValid: (entry: string) => boolean): Parser<string> {
  return parser('an IP address or CIDR range', (value) => (isValid(value) ? value : refuse()));
}
