import type { S3Operation } from '#libs/s3';
import type { Access } from './access.js';
import type { Exchange } from './exchange.js';

/** An authenticated request for an operation of one of the names. */
export interface CallOf<Name extends S3Operation['name']> {
  readonly exchange: Exchange;
  readonly access: Access;
  readonly operation: S3Operation & { readonly name: Name };
}
