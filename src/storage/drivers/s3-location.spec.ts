import { describe, expect, it } from 'vitest';
import { parseS3Location } from './s3-location.js';

describe('parseS3Location', () => {
  it.each([
    ['s3://bucket', { bucket: 'bucket', prefix: '' }],
    ['s3://a.bucket/some/prefix', { bucket: 'a.bucket', prefix: 'some/prefix/' }],
    ['', undefined],
    ['/var/outputs', undefined],
    ['~/s3://bucket', undefined],
  ])('reads %j', (text, expected) => {
    expect(parseS3Location(text)).toEqual(expected);
  });
});
