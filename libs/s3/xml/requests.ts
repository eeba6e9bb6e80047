import { checksumAlgorithm, decodeDigest, digestBytes, type ChecksumAlgorithm } from '../checksums/algorithms.js';
import { S3Error } from '../errors.js';
import { childTexts, malformedXml, readXml } from './reader.js';

export const partNumberMax = 10_000;
const keysPerDeleteMax = 1_000;

export interface CompletedPart {
  readonly partNumber: number;
  /** Without quotes. */
  readonly etag: string;
  /** Raw digests the client states for the part, to be held against the stored ones. */
  readonly checksums: Partial<Record<ChecksumAlgorithm, Buffer>>;
}

export interface DeleteObjectsRequest {
  readonly keys: readonly string[];
  /** Answer only what failed. */
  readonly quiet: boolean;
}

/**
 * Reads `<CompleteMultipartUpload>`. The parts come back in strictly ascending order with numbers from 1 to 10,000; another
 * order is InvalidPartOrder, another number InvalidArgument, anything else MalformedXML.
 */
export function readCompleteMultipartUpload(body: Uint8Array): CompletedPart[] {
  const root = readXml(body);
  if (root.name !== 'CompleteMultipartUpload' || root.children.length === 0) throw malformedXml();
  if (root.children.length > partNumberMax) throw malformedXml(`More than ${String(partNumberMax)} parts.`);
  let previous = 0;
  return root.children.map((part) => {
    if (part.name !== 'Part') throw malformedXml();
    const fields = childTexts(part);
    const partNumber = parsePartNumber(fields.get('PartNumber')?.trim() ?? '');
    if (partNumber <= previous) {
      throw new S3Error('InvalidPartOrder', 'The list of parts was not in ascending order of part number.');
    }
    previous = partNumber;
    const etag = unquote(fields.get('ETag')?.trim() ?? '');
    if (etag === '') throw malformedXml();
    const checksums = statedChecksums(fields);
    return { partNumber, etag, checksums };
  });
}

function statedChecksums(fields: ReadonlyMap<string, string>): CompletedPart['checksums'] {
  const checksums: CompletedPart['checksums'] = {};
  for (const [name, value] of fields) {
    if (!name.startsWith('Checksum')) continue;
    const algorithm = checksumAlgorithm(name.slice('Checksum'.length));
    if (!algorithm) throw new S3Error('NotImplemented', 'This checksum algorithm is not supported.');
    const digest = decodeDigest(value.trim(), digestBytes[algorithm]);
    if (!digest) throw new S3Error('InvalidPart', 'A checksum of a part is not valid.');
    checksums[algorithm] = digest;
  }
  return checksums;
}

/** Reads `<Delete>`, up to 1,000 keys. A version id other than `null` is NotImplemented: there are no versions here. */
export function readDeleteObjects(body: Uint8Array): DeleteObjectsRequest {
  const root = readXml(body);
  if (root.name !== 'Delete') throw malformedXml();
  const objects = root.children.filter((child) => child.name === 'Object');
  if (objects.length === 0 || objects.length > keysPerDeleteMax) throw malformedXml();
  const keys = objects.map((object) => {
    const fields = childTexts(object);
    const key = fields.get('Key');
    if (key === undefined || key === '') throw malformedXml();
    const plain = [...fields.keys()].every((name) => name === 'Key' || name === 'VersionId');
    if (!plain || (fields.get('VersionId')?.trim() ?? 'null') !== 'null')
      throw new S3Error('NotImplemented', 'Deletes by version or condition.');
    return key;
  });
  const quiet =
    root.children
      .find((child) => child.name === 'Quiet')
      ?.text.trim()
      .toLowerCase() === 'true';
  return { keys, quiet };
}

/** A part number in plain decimal, 1 to 10,000; otherwise InvalidArgument. */
export function parsePartNumber(text: string): number {
  const partNumber = Number(text);
  if (!/^\d{1,5}$/.test(text) || partNumber < 1 || partNumber > partNumberMax) {
    const message = `Part number must be an integer between 1 and ${String(partNumberMax)}, inclusive`;
    throw new S3Error('InvalidArgument', message, { ArgumentName: 'partNumber', ArgumentValue: text.slice(0, 32) });
  }
  return partNumber;
}

/** Strips the quotes of an ETag. */
function unquote(etag: string): string {
  return /^"(.*)"$/.exec(etag)?.[1] ?? etag;
}
