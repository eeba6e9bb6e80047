/** A real bucket and the prefix under which the artifacts lie in it. */
export interface S3Location {
  readonly bucket: string;
  /** Empty, or with a slash at its end. */
  readonly prefix: string;
}

/** Reads `s3://bucket/prefix`, as the configuration has checked it; undefined when the text is something else. */
export function parseS3Location(text: string): S3Location | undefined {
  const [, bucket, prefix = ''] = /^s3:\/\/([^/]+)(?:\/(.+))?$/.exec(text) ?? [];
  return bucket === undefined ? undefined : { bucket, prefix: prefix === '' ? '' : `${prefix}/` };
}
