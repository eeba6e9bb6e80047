import type { Checksum, HeaderMap } from '#libs/s3';
import type { StoredObject } from '../object.js';
import type { Access } from './access.js';

/** Types that a browser shows without running anything in them. */
const SHOWN_INLINE =
  /^(image\/(png|jpeg|gif|webp|avif)|(audio|video)\/[\w.+-]+|text\/plain|application\/json)\s*(;|$)/i;

type Headers = Record<string, string | number>;

/** What GET and HEAD say about an object. */
export function objectHeaders(
  object: StoredObject,
  overrides: Readonly<Record<string, string>>,
  request: { readonly headers: HeaderMap; readonly access: Access; readonly isWhole: boolean },
): Headers {
  const stored = object.metadata.headers;
  const headers: Headers = {
    'Content-Type': 'binary/octet-stream',
    'Accept-Ranges': 'bytes',
    ETag: `"${object.etag}"`,
    'Last-Modified': new Date(object.lastModifiedMs).toUTCString(),
    // Whatever the bytes are, a browser runs nothing of them in this origin.
    'Content-Security-Policy': "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    'X-Content-Type-Options': 'nosniff',
  };
  for (const [name, value] of Object.entries({ ...stored, ...overrides })) headers[canonicalName(name)] = value;
  for (const [name, value] of Object.entries(object.metadata.user)) headers[`x-amz-meta-${name}`] = value;
  const wantsChecksum = request.headers.single('x-amz-checksum-mode')?.toUpperCase() === 'ENABLED';
  if (wantsChecksum && request.isWhole) Object.assign(headers, checksumHeaders(object.checksum));
  if (request.access.kind !== 'job') restrain(headers, object.key);
  return headers;
}

export function checksumHeaders(checksum: Checksum | null): Headers {
  if (!checksum) return {};
  return { [`x-amz-checksum-${checksum.algorithm}`]: checksum.value, 'x-amz-checksum-type': checksum.type };
}

/** People come with browsers: what could run is saved to a file, and nothing in between keeps a copy. */
function restrain(headers: Headers, key: string): void {
  headers['Cache-Control'] ??= 'private, no-cache';
  const isShown = SHOWN_INLINE.test(String(headers['Content-Type']));
  const asked = headers['Content-Disposition'];
  if (asked !== undefined && (isShown || /^attachment/i.test(String(asked)))) return;
  const name = key.slice(key.lastIndexOf('/') + 1);
  const encoded = encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16)}`,
  );
  headers['Content-Disposition'] = `${isShown ? 'inline' : 'attachment'}; filename*=UTF-8''${encoded}`;
}

/** Header names as people write them, so that an override replaces the default instead of standing beside it. */
function canonicalName(name: string): string {
  return name.replace(/(^|-)([a-z])/g, (_, start: string, letter: string) => `${start}${letter.toUpperCase()}`);
}
