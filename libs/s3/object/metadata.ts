import { S3Error } from '../errors.js';
import { contentCodings } from '../payload/payload.js';
import type { HeaderMap } from '../request.js';

/** S3's limit on user metadata: names and values together. */
const userMetadataBytesMax = 2 * 1024;
const metadataPrefix = 'x-amz-meta-';

const storedHeaders = ['content-type', 'content-disposition', 'content-language', 'cache-control', 'expires'] as const;

/** What a client says about an object and gets back with it. */
export interface ObjectMetadata {
  /** Standard headers by lower-case name, answered as they came. */
  readonly headers: Readonly<Record<string, string>>;
  /** User metadata by lower-case name without `x-amz-meta-`. */
  readonly user: Readonly<Record<string, string>>;
}

/** Reads both; `aws-chunked` is framing and leaves Content-Encoding. Throws MetadataTooLarge. */
export function readObjectMetadata(headers: HeaderMap): ObjectMetadata {
  const standard: Record<string, string> = {};
  for (const name of storedHeaders) {
    const value = headers.single(name);
    if (value) standard[name] = value;
  }
  const codings = contentCodings(headers).filter((coding) => coding !== 'aws-chunked');
  if (codings.length > 0) standard['content-encoding'] = codings.join(',');
  const user: [string, string][] = [];
  let bytes = 0;
  for (const header of headers.names()) {
    if (!header.startsWith(metadataPrefix)) continue;
    const name = header.slice(metadataPrefix.length);
    const value = headers.joined(header)?.trim() ?? '';
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
    user.push([name, value]);
  }
  if (bytes > userMetadataBytesMax) {
    const extra = { Size: String(bytes), MaxSizeAllowed: String(userMetadataBytesMax) };
    throw new S3Error('MetadataTooLarge', 'Your metadata headers exceed the maximum allowed metadata size', extra);
  }
  return { headers: standard, user: Object.fromEntries(user) };
}

/** `x-amz-metadata-directive` of CopyObject: COPY (the default) keeps the source's metadata. */
export function readMetadataDirective(headers: HeaderMap): 'COPY' | 'REPLACE' {
  const directive = headers.single('x-amz-metadata-directive') ?? 'COPY';
  if (directive === 'COPY' || directive === 'REPLACE') return directive;
  throw new S3Error('InvalidArgument', 'Unknown metadata directive.', { ArgumentName: 'x-amz-metadata-directive' });
}

/** `response-*` parameters of GET and HEAD and the header each replaces. */
export const responseOverrides: ReadonlyMap<string, string> = new Map(
  ['content-type', 'content-language', 'expires', 'cache-control', 'content-disposition', 'content-encoding'].map(
    (header) => [`response-${header}`, header],
  ),
);

/**
 * Headers that replace the stored ones in the answer. A value that could not stand in a header (a line break, a character
 * beyond Latin-1) is InvalidArgument.
 */
export function readResponseOverrides(query: ReadonlyMap<string, string>): Record<string, string> {
  const overrides: Record<string, string> = {};
  for (const [parameter, header] of responseOverrides) {
    const value = query.get(parameter);
    if (value === undefined) continue;
    if (!/^[\t\x20-\x7e\xa0-\xff]{1,1024}$/.test(value)) {
      throw new S3Error('InvalidArgument', `The parameter ${parameter} is not a header value.`, {
        ArgumentName: parameter,
      });
    }
    overrides[header] = value;
  }
  return overrides;
}
