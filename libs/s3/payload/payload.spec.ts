import { describe, expect, it } from 'vitest';
import { S3Error, type S3ErrorCode } from '../errors.js';
import { HeaderMap } from '../request.js';
import { contentCodings, describePayload } from './payload.js';

type Headers = Record<string, string | string[]>;

function code(headers: Headers, hash: string): S3ErrorCode | 'accepted' {
  try {
    describePayload(HeaderMap.of(headers), hash);
  } catch (error) {
    if (error instanceof S3Error) return error.code;
    throw error;
  }
  return 'accepted';
}

describe('describePayload', () => {
  const unsignedTrailer = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

  it('trusts the decoded length where a proxy re-framed the body', () => {
    const headers = {
      'transfer-encoding': 'chunked',
      'x-amz-decoded-content-length': '5',
      'x-amz-trailer': 'X-Amz-Checksum-Crc32',
    };
    expect(describePayload(HeaderMap.of(headers), unsignedTrailer)).toEqual({
      mode: { kind: 'chunked', signed: false, trailer: true },
      decodedBytes: 5,
      trailerNames: ['x-amz-checksum-crc32'],
    });
    const buffered = { 'content-length': '66', 'x-amz-decoded-content-length': '5' };
    expect(describePayload(HeaderMap.of(buffered), unsignedTrailer).decodedBytes).toBe(5);
  });

  it('reads plain bodies', () => {
    const hash = 'AB'.repeat(32);
    expect(describePayload(HeaderMap.of({ 'content-length': '7' }), hash)).toEqual({
      mode: { kind: 'signed', sha256Hex: hash.toLowerCase() },
      decodedBytes: 7,
      trailerNames: [],
    });
    const withoutLength = describePayload(HeaderMap.of({ 'transfer-encoding': 'chunked' }), 'UNSIGNED-PAYLOAD');
    expect(withoutLength).toMatchObject({ mode: { kind: 'unsigned' }, decodedBytes: undefined });
  });

  it.each<[string, Headers, string, S3ErrorCode]>([
    ['framing without the decoded length', { 'content-length': '9' }, unsignedTrailer, 'MissingContentLength'],
    ['two lengths', { 'content-length': ['1', '2'] }, 'UNSIGNED-PAYLOAD', 'InvalidArgument'],
    ['a negative length', { 'content-length': '-1' }, 'UNSIGNED-PAYLOAD', 'InvalidArgument'],
    [
      'a length beyond all numbers',
      { 'x-amz-decoded-content-length': '9'.repeat(17) },
      unsignedTrailer,
      'InvalidArgument',
    ],
    ['a hexadecimal length', { 'content-length': '0x10' }, 'UNSIGNED-PAYLOAD', 'InvalidArgument'],
    ['smuggling', { 'content-length': '1', 'transfer-encoding': 'chunked' }, 'UNSIGNED-PAYLOAD', 'InvalidRequest'],
    [
      'framing that nobody announced',
      { 'content-encoding': 'gzip, AWS-chunked' },
      'UNSIGNED-PAYLOAD',
      'InvalidRequest',
    ],
    ['another algorithm', {}, 'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD', 'NotImplemented'],
    ['nonsense', {}, 'abc', 'InvalidArgument'],
  ])('refuses %s', (_what, headers, hash, expected) => {
    expect(code(headers, hash)).toBe(expected);
  });

  it('lists content codings over several headers', () => {
    expect(contentCodings(HeaderMap.of({ 'content-encoding': ['GZIP , br', ' aws-chunked'] }))).toEqual([
      'gzip',
      'br',
      'aws-chunked',
    ]);
  });
});
