import { S3Error } from '../errors.js';

/** The largest request document: 10,000 parts with checksums, or 1,000 keys of 1,024 escaped bytes, stay below it. */
export const xmlBytesMax = 6 * 1024 * 1024;
const depthMax = 8;
/** 10,000 parts with every checksum have 80,000. */
const elementsMax = 100_000;
/** A key of 1,024 bytes, every one of them a character reference, stays below it. */
const textCharactersMax = 16 * 1024;

export interface XmlElement {
  /** Without namespace prefix. */
  readonly name: string;
  readonly children: XmlElement[];
  /** Character data with references resolved; insignificant where there are children. */
  text: string;
}

const utf8 = new TextDecoder('utf-8', { fatal: true });
// Processing instruction or comment | tag (closing mark, name, attributes, empty mark) | character data.
const token =
  /<\?[^]*?\?>|<!--[^]*?-->|<(\/?)(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)((?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y;
const forbiddenCharacter = /[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
const predefined: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

/**
 * Reads a request document into a tree. Strict, and knows only what S3 requests use: elements, text, comments, the five
 * predefined entities and character references. A DOCTYPE or CDATA is MalformedXML, so there is nothing to expand.
 * One pass of a few milliseconds per megabyte: a 10,000-part document must not hold up the event loop, as general
 * parsers with validation do for a third of a second.
 */
export function readXml(body: Uint8Array): XmlElement {
  if (body.length > xmlBytesMax) throw malformedXml();
  const text = decode(body);
  const document: XmlElement = { name: '', children: [], text: '' };
  const open = [document];
  let elements = 0;
  token.lastIndex = 0;
  for (let position = 0; position < text.length; position = token.lastIndex) {
    token.lastIndex = position;
    const match = token.exec(text);
    const parent = open.at(-1);
    if (!match || !parent) throw malformedXml();
    const [, closing, name, attributes, empty, data] = match;
    if (data !== undefined) {
      if (data.length > textCharactersMax || (parent === document && data.trim() !== '')) throw malformedXml();
      parent.text += resolveReferences(data);
    } else if (name !== undefined && closing) {
      if (open.length === 1 || parent.name !== name || attributes || empty) throw malformedXml();
      open.pop();
    } else if (name !== undefined) {
      const element: XmlElement = { name, children: [], text: '' };
      parent.children.push(element);
      if (!empty) open.push(element);
      elements += 1;
      if (open.length > depthMax || elements > elementsMax) throw malformedXml();
    }
  }
  const [root] = document.children;
  if (!root || document.children.length > 1 || open.length > 1) throw malformedXml();
  return root;
}

export function malformedXml(
  message = 'The XML you provided was not well-formed or did not validate against our published schema.',
): S3Error {
  return new S3Error('MalformedXML', message);
}

/** The texts of an element's children by name; MalformedXML when a name comes twice or a child has children itself. */
export function childTexts(parent: XmlElement): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const child of parent.children) {
    if (texts.has(child.name) || child.children.length > 0) throw malformedXml();
    texts.set(child.name, child.text);
  }
  return texts;
}

function decode(body: Uint8Array): string {
  try {
    const text = utf8.decode(body);
    if (!forbiddenCharacter.test(text)) return text;
  } catch {
    // Not UTF-8: the same answer as for any other malformed document.
  }
  throw malformedXml();
}

function resolveReferences(data: string): string {
  if (!data.includes('&')) return data;
  return data.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w{2,4}));|&/g, (_all, decimal, hex, name) => {
    const known = predefined[String(name)];
    if (known !== undefined) return known;
    const code = decimal === undefined ? Number.parseInt(String(hex), 16) : Number(decimal);
    if (Number.isNaN(code) || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) throw malformedXml();
    const character = String.fromCodePoint(code);
    if (forbiddenCharacter.test(character)) throw malformedXml();
    return character;
  });
}
