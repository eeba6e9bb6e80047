/** S3's namespace; some SDKs refuse documents without it. */
const namespace = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** Content of an element: text, or nested elements in order; an element without content (undefined) is left out. */
export type XmlContent = string | number | boolean | XmlFields | undefined;
/** Elements in order; a name may come again. */
export type XmlFields = readonly (readonly [name: string, content: XmlContent])[];

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // Parsers turn a bare CR, or tab and LF in some places, into other white space.
  '\r': '&#13;',
  '\n': '&#10;',
  '\t': '&#9;',
};

/** A whole document in S3's namespace (`Error` alone carries none, as on S3). */
export function writeXml(root: string, content: XmlContent): string {
  const attribute = root === 'Error' ? '' : ` xmlns="${namespace}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${attribute}>${inner(content)}</${root}>`;
}

function inner(content: XmlContent): string {
  if (content === undefined) return '';
  if (typeof content !== 'object') return escapeText(String(content));
  return content.map(([name, value]) => (value === undefined ? '' : `<${name}>${inner(value)}</${name}>`)).join('');
}

/** Also drops what XML 1.0 cannot carry at all (the lone surrogates and control characters of an odd header). */
function escapeText(text: string): string {
  return text
    .replace(/[&<>"\r\n\t]/g, (character) => escapes[character] ?? character)
    .replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '');
}
